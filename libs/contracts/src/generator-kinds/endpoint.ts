import { z } from 'zod';
import { isStorable, longestUrl, text, unstorable } from '../bounds.js';
import type { GeneratorKindRecord } from './record.js';

const EndpointUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https address' })
  .max(longestUrl, `may have at most ${longestUrl} characters`)
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

/** Fields of a request that adds one. */
export const askedOfEndpoint = {
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

/** An address with the API of OpenAI. */
export const endpoint = {
  name: 'endpoint',
  label: 'An endpoint',
  reproducible: false,
  model: ({ model }) => model,
  place: ({ url }) => url,
} as const satisfies GeneratorKindRecord<'endpoint', { model: string; url: string }>;
