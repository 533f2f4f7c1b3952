import { z } from 'zod';
import { longestUrl, nameText, text } from '../bounds.js';
import { faultOfEndpointUrl } from '../endpoint-url.js';
import type { GeneratorKindRecord } from './record.js';

const EndpointUrl = text(longestUrl).superRefine((url, context) => {
  const message = faultOfEndpointUrl(url);
  if (message) context.addIssue({ code: 'custom', message });
});

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
  model: nameText(200),
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

/** Fields as trials have them. An address that was added before such ones were refused is refused by who asks it, in words. */
export const storedOfEndpoint = { ...askedOfEndpoint, url: z.string(), model: z.string() };

/** An address with the API of OpenAI. */
export const endpoint = {
  name: 'endpoint',
  label: 'An endpoint',
  reproducible: false,
  model: ({ model }) => model,
  place: ({ url }) => url,
} as const satisfies GeneratorKindRecord<'endpoint', { model: string; url: string }>;
