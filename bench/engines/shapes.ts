/** @file Models that steps are timed on: random weights in Llama's shape, from the width of the demo's to that of GPT-2 small. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, exportBase, initialValues, LoadedBase, modelConfigSchema } from '@rankforge/peft';

export interface Shape {
  name: string;
  width: number;
  layers: number;
  batch: number;
  sequence: number;
  /** Steps of a training, those to warm up included. */
  steps: number;
}

const shape = (width: number, layers: number, batch: number, sequence: number, steps: number): Shape => ({
  name: `width ${width}, ${layers} layers, ${batch} x ${sequence}`,
  width,
  layers,
  batch,
  sequence,
  steps,
});

export const shapes: readonly Shape[] = [
  shape(64, 2, 8, 64, 90),
  shape(128, 4, 8, 64, 60),
  shape(256, 6, 8, 64, 30),
  shape(768, 12, 4, 128, 6),
];

const vocabularySize = 8192;
const headWidth = 32;

/** Writes a model as a Hugging Face folder below `folder`, and says where. */
export async function writeModel({ width, layers, sequence }: Shape, folder: string): Promise<string> {
  const heads = width / headWidth;
  const config = modelConfigSchema.parse({
    architecture: 'llama',
    vocabularySize,
    contextLength: sequence,
    width,
    layers,
    heads,
    keyHeads: heads,
    headWidth,
    mlpWidth: 4 * width,
    normEpsilon: 1e-5,
    rotary: { base: 10_000, scaling: { kind: 'none' } },
    biases: { projections: false, output: false, mlp: false },
    tied: true,
  });
  const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: {} });
  const made = join(folder, `width-${width}`);
  await mkdir(made, { recursive: true });
  for (const [name, content] of exportBase(model)) await writeFile(join(made, name), content);
  return made;
}
