import { z } from 'zod';
import { AdapterLink } from '../adapter-link.js';
import { Id, Slug } from '../common.js';
import { AskedTemplate, type GeneratorKindRecord, ofInstallation } from './record.js';

/** Fields of a request that adds one. */
export const askedOfAdapter = {
  kind: z.literal('adapter'),
  trial: Id.meta({ description: 'A training of the project that succeeded, on a base that predicts the next token.' }),
  template: AskedTemplate,
};

/** Fields that are looked up when it is added. */
export const foundOfAdapter = {
  base: Slug.meta({ description: 'The base model of the training.' }),
  adapters: z
    .array(AdapterLink.omit({ factors: true }))
    .min(1)
    .meta({
      description: 'Put into the base model in this order; the last is what the training left.',
    }),
};

/** A base model with the adapter of a training, on our own engine. */
export const adapter = {
  name: 'adapter',
  label: 'A training',
  reproducible: true,
  model: ({ base, trial }) => `${base} with the adapter of ${trial}`,
  place: () => ofInstallation,
} as const satisfies GeneratorKindRecord<'adapter', { base: string; trial: string }>;
