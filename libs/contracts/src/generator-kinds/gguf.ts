import { z } from 'zod';
import { AskedTemplate, type GeneratorKindRecord, ofInstallation } from './record.js';

/** A name within the models folder. Never a path: it begins with a letter or digit, and no separator follows another. */
const GgufFile = z
  .string()
  .max(200)
  .regex(
    /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\.gguf$/,
    'expected the name of a GGUF file, e.g. smollm2-135m-instruct.gguf',
  );

/** Fields of a request that adds one. */
export const askedOfGguf = {
  kind: z.literal('gguf'),
  file: GgufFile.meta({ description: 'A GGUF file that lies in the models folder of the installation.' }),
  template: AskedTemplate,
  context: z.number().int().min(64).max(131_072).default(4096).meta({
    description: 'Most tokens that are read and written in all, if the model reads as many. Memory grows with it.',
  }),
};

/** Fields that are looked up when it is added. */
export const foundOfGguf = {
  fileSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({ description: 'Digest of the file.' }),
  bytes: z.number().int().positive().meta({
    description: 'Predicted bytes while it is open: the file, with keys and values of its whole context.',
  }),
};

/** A GGUF file of this installation, run by llama.cpp. */
export const gguf = {
  name: 'gguf',
  label: 'A GGUF file',
  reproducible: true,
  model: ({ file }) => file,
  place: () => ofInstallation,
} as const satisfies GeneratorKindRecord<'gguf', { file: string }>;
