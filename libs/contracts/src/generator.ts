/** @file Generators: language models that write for the procedures of evaluations. */
import { z } from 'zod';
import { Id, Slug, Timestamp } from './common.js';
import { adapter, askedOfAdapter, foundOfAdapter } from './generator-kinds/adapter.js';
import { askedOfBase, base } from './generator-kinds/base.js';
import { askedOfEndpoint, endpoint, storedOfEndpoint, TokenPrice } from './generator-kinds/endpoint.js';
import { askedOfGguf, foundOfGguf, gguf } from './generator-kinds/gguf.js';
import {
  foundOfTemplate,
  type GeneratorKindRecord,
  type PromptTemplateName,
  promptTemplates,
} from './generator-kinds/record.js';

export { type PromptTemplateName, promptTemplates, TokenPrice };

/** Every kind, one line each, in the order in which a form shows them. */
const known = [endpoint, base, adapter, gguf] as const;

export type GeneratorKind = (typeof known)[number]['name'];
export const generatorKinds: readonly GeneratorKindRecord<GeneratorKind>[] = known;

/** Body of `POST /v1/generators`. */
export const CreateGenerator = z
  .discriminatedUnion('kind', [
    z.strictObject({ name: Slug, ...askedOfBase }),
    z.strictObject({ name: Slug, ...askedOfEndpoint }),
    z.strictObject({ name: Slug, ...askedOfAdapter }),
    z.strictObject({ name: Slug, ...askedOfGguf }),
  ])
  .meta({ id: 'CreateGenerator' });
export type CreateGenerator = z.infer<typeof CreateGenerator>;

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: 'Digest of all that is known of it.' });

/** A generator as the trials that ask it have it. */
export const TrialGenerator = z
  .discriminatedUnion('kind', [
    z.strictObject({ name: Slug, ...askedOfBase, ...foundOfTemplate, sha256 }),
    z.strictObject({ name: Slug, ...storedOfEndpoint, sha256 }),
    z.strictObject({ name: Slug, ...askedOfAdapter, ...foundOfAdapter, ...foundOfTemplate, sha256 }),
    z.strictObject({ name: Slug, ...askedOfGguf, ...foundOfGguf, ...foundOfTemplate, sha256 }),
  ])
  .meta({ id: 'TrialGenerator' });
export type TrialGenerator = z.infer<typeof TrialGenerator>;

/** The record of a generator's kind. Its functions take generators of that kind alone. */
export const generatorKindOf = ({ kind }: { kind: GeneratorKind }) =>
  known.find(({ name }) => name === kind) as GeneratorKindRecord<GeneratorKind, TrialGenerator>;

/** The base model that a generator is made of; undefined where it is none of this installation. */
export const baseOfGenerator = (generator: TrialGenerator): string | undefined =>
  'base' in generator ? generator.base : undefined;

/** Predicted bytes that a generator holds beside those of a base. */
export const bytesOfGenerator = (generator: TrialGenerator): number => ('bytes' in generator ? generator.bytes : 0);

/** The price of a generator's tokens, where it has one. */
export const priceOfGenerator = (generator: TrialGenerator): TokenPrice | undefined =>
  'price' in generator ? generator.price : undefined;

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

const spent = {
  calls: z.number().int().meta({ description: 'Answers that were asked for.' }),
  replayed: z.number().int().meta({ description: 'Of these, answers that were known from earlier runs.' }),
  tokens: z
    .object({ read: z.number().int(), written: z.number().int() })
    .nullable()
    .meta({ description: 'Of the generator; null where it did not say.' }),
  seconds: z.number().meta({ description: 'Of the generator, when it gave the answers.' }),
  price: z.number().nonnegative().optional().meta({
    description: 'Of its tokens, at the price of the generator: known answers cost what they did at first.',
  }),
};

/** Calls, tokens and seconds of the texts that a generator writes before the first step of a training. */
export const WriterReport = z.object(spent);
export type WriterReport = z.infer<typeof WriterReport>;

/** Calls, tokens and seconds of a procedure on one split. */
export const ProcedureReport = z.object({
  queries: z.number().int(),
  ...spent,
  agreement: z
    .number()
    .nullable()
    .meta({ description: 'Share of pairs of which both orders said the same; null where none was shown in both.' }),
  judged: z
    .number()
    .optional()
    .meta({ description: 'Share of answers that a judge took for right, where one was asked.' }),
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
