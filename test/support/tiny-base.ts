import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createRandom,
  initialValues,
  type ModelConfig,
  modelConfigSchema,
  presetConfig,
  saveBase,
} from '@rankforge/peft';

const nanoTokenizer = fileURLToPath(new URL('../../models/nano-sotu/tokenizer.json', import.meta.url));

interface TinySize {
  name: string;
  width: number;
  layers: number;
  contextLength?: number;
}

/**
 * Writes an untrained base model, the same for every call, that trains a step in a few hundredths of a second.
 *
 * @param tokenizerFile where the tokenizer of nano-sotu is; default: found from this source file
 * @param size for a larger one, or one that takes more tokens, under a name of its own
 * @returns its name, for the `base` of a sweep
 * @example const base = await writeTinyBase(modelsDir);
 */
export async function writeTinyBase(
  modelsDir: string,
  tokenizerFile = nanoTokenizer,
  { name, width, layers, contextLength }: TinySize = { name: 'tiny', width: 32, layers: 1 },
): Promise<string> {
  return write(join(modelsDir, name), name, tokenizerFile, (vocabularySize) => ({
    ...presetConfig('nano', vocabularySize),
    width,
    mlpWidth: 2 * width,
    layers,
    ...(contextLength && { contextLength }),
  }));
}

/** Writes an untrained encoder of two blocks, the same for every call, with the tokenizer of nano-sotu. @returns its name */
export const writeTinyEncoder = (modelsDir: string, name = 'tiny-bert'): Promise<string> =>
  write(join(modelsDir, name), name, nanoTokenizer, (vocabularySize) =>
    modelConfigSchema.parse({
      ...{ architecture: 'bert', vocabularySize, contextLength: 64, types: 2, pooler: true },
      ...{ width: 32, layers: 2, heads: 2, mlpWidth: 64, normEpsilon: 1e-12 },
    }),
  );

/** Writes an untrained decoder as Llama is made, the same for every call, with the tokenizer of nano-sotu. @returns its name */
export const writeTinyLlama = (modelsDir: string, name = 'tiny-llama'): Promise<string> =>
  write(join(modelsDir, name), name, nanoTokenizer, (vocabularySize) =>
    modelConfigSchema.parse({
      ...{ architecture: 'llama', vocabularySize, contextLength: 64, width: 32, layers: 2, mlpWidth: 64 },
      ...{ heads: 2, keyHeads: 1, headWidth: 16, normEpsilon: 1e-5, tied: false },
      rotary: { base: 10_000, scaling: { kind: 'none' } },
      biases: { projections: false, output: false, mlp: false },
    }),
  );

async function write(
  folder: string,
  name: string,
  tokenizerFile: string,
  configOf: (vocabularySize: number) => ModelConfig,
): Promise<string> {
  const tokenizer = JSON.parse(await readFile(tokenizerFile, 'utf8')) as { model: { vocab: Record<string, number> } };
  const config = configOf(Object.keys(tokenizer.model.vocab).length);
  const values = initialValues(config, createRandom(7));
  await mkdir(folder, { recursive: true });
  await saveBase(folder, { config, values, tokenizer });
  const provenance = { trainedOn: 'nothing', madeBy: 'test/support/tiny-base.ts' };
  await writeFile(join(folder, 'provenance.json'), JSON.stringify(provenance));
  return name;
}
