/** @file Generators: language models that write for the procedures of evaluations. */
import { z } from 'zod';
import { isStorable, text, unstorable } from './bounds.js';
import { Id, Slug, Timestamp } from './common.js';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const EndpointUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https address' })
  .max(2000)
  .refine(isStorable, unstorable)
  .refine((text) => {
    if (!URL.canParse(text)) return true; // refused above
    const { username, password, search, hash } = new URL(text);
    return username === '' && password === '' && search === '' && hash === '';
  }, 'must hold no user, password, query or fragment: a key comes from the variable that keyFrom names');

/** Only these variables: another one's value would be sent to whoever has the address. */
const KeyVariable = z
  .string()
  .max(100)
  .regex(
    /^RANKFORGE_GENERATOR_KEY(_[A-Z0-9]+)*$/,
    'expected RANKFORGE_GENERATOR_KEY, or that with an ending such as RANKFORGE_GENERATOR_KEY_LOCAL',
  );

/** The price of a million tokens, in whatever currency prices are thought of. */
export const TokenPrice = z
  .strictObject({
    read: z.number().min(0).max(1e6).meta({ description: 'Of a million tokens of prompts.' }),
    written: z.number().min(0).max(1e6).meta({ description: 'Of a million tokens that it writes.' }),
  })
  .meta({ id: 'TokenPrice' });
export type TokenPrice = z.infer<typeof TokenPrice>;

const base = {
  kind: z.literal('base'),
  base: Slug,
  template: z.enum(['plain', 'chatml']).default('plain').meta({
    description: '`plain`: prompts are continued as they stand. `chatml`: they are messages of a user.',
  }),
};

const endpoint = {
  kind: z.literal('endpoint'),
  url: EndpointUrl.meta({ description: 'What `/chat/completions` follows, e.g. `http://127.0.0.1:8000/v1`.' }),
  model: text(200).min(1),
  api: z.enum(['chat', 'completions']).default('chat').meta({
    description: '`completions` continues a prompt, and scores it where the endpoint can repeat one.',
  }),
  keyFrom: KeyVariable.optional().meta({
    description: 'Variable of the environment of API and workers that holds its key; absent: it needs none.',
  }),
  price: TokenPrice.optional().meta({
    description: 'What its tokens cost, in a currency of yours; absent: boards say nothing of money.',
  }),
};

/** Body of `POST /v1/generators`. */
export const CreateGenerator = z
  .discriminatedUnion('kind', [z.strictObject({ name: Slug, ...base }), z.strictObject({ name: Slug, ...endpoint })])
  .meta({ id: 'CreateGenerator' });
export type CreateGenerator = z.infer<typeof CreateGenerator>;

const digest = Sha256.meta({ description: 'Of all that is known of it.' });

/** A generator as the trials that ask it have it. */
export const TrialGenerator = z
  .discriminatedUnion('kind', [
    z.strictObject({ name: Slug, ...base, sha256: digest }),
    z.strictObject({ name: Slug, ...endpoint, sha256: digest }),
  ])
  .meta({ id: 'TrialGenerator' });
export type TrialGenerator = z.infer<typeof TrialGenerator>;

export const GeneratorView = z
  .object({
    id: Id,
    generator: TrialGenerator,
    reproducible: z.boolean().meta({
      description:
        'Its digest is of weights. Of an endpoint it is of what this says of itself: it may answer otherwise.',
    }),
    createdAt: Timestamp,
  })
  .meta({ id: 'Generator' });
export type GeneratorView = z.infer<typeof GeneratorView>;
export const GeneratorList = z.object({ generators: z.array(GeneratorView) }).meta({ id: 'GeneratorList' });
export type GeneratorList = z.infer<typeof GeneratorList>;

/** Calls, tokens and seconds of a procedure on one split. */
export const ProcedureReport = z.object({
  queries: z.number().int(),
  calls: z.number().int().meta({ description: 'Answers of its judge, whoever that is.' }),
  replayed: z.number().int().meta({ description: 'Of these, answers that were known from earlier runs.' }),
  tokens: z
    .object({ read: z.number().int(), written: z.number().int() })
    .nullable()
    .meta({ description: 'Of the generator; null where it did not say.' }),
  seconds: z.number().meta({ description: 'Of the generator, when it gave the answers.' }),
  agreement: z
    .number()
    .nullable()
    .meta({ description: 'Share of pairs of which both orders said the same; null where none was shown in both.' }),
  judged: z
    .number()
    .optional()
    .meta({ description: 'Share of answers that a judge took for right, where one was asked.' }),
  price: z.number().nonnegative().optional().meta({
    description: 'Of its tokens, at the price of the generator: known answers cost what they did at first.',
  }),
  quest: z
    .object({ f1: z.number().min(0).max(1), recall: z.number().min(0).max(1) })
    .optional()
    .meta({ description: 'Means of the judge quest-eval over the answers that it could make questions of.' }),
});
export type ProcedureReport = z.infer<typeof ProcedureReport>;

/**
 * The price of tokens; undefined where the generator has no price, or did not count its tokens.
 * @example priceOf({ read: 1_000_000, written: 10_000 }, { read: 0.5, written: 2 }) // 0.52
 */
export const priceOf = (tokens: ProcedureReport['tokens'], price: TokenPrice | undefined): number | undefined =>
  tokens && price ? (tokens.read * price.read + tokens.written * price.written) / 1e6 : undefined;
