/** @file The Python that has torch and peft, and the engines that this machine has, for benches that are held against them. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enginesFolder as folderOfEngines, modelsFolder as folderOfModels } from '@rankforge/cli';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export const modelsFolder = folderOfModels();
export const enginesFolder = folderOfEngines();
export const python = process.env.RANKFORGE_PYTHON ?? join(root, 'test/interop/.venv/bin/python');

const needed = {
  tensorflow: {
    file: join(enginesFolder, 'tensorflow/engine.json'),
    how: '`npm run rankforge -- engine add tensorflow`',
  },
  'torch-runner': {
    file: join(enginesFolder, 'torch/engine.json'),
    how: '`npm run rankforge -- engine add torch`',
  },
  torch: { file: python, how: '`npm run test:interop` makes it, or RANKFORGE_PYTHON names another' },
  llama: { file: join(enginesFolder, 'llama/engine.json'), how: '`npm run rankforge -- engine add llama`' },
  smollm2: { file: join(modelsFolder, 'smollm2-135m-instruct'), how: '`npm run bases:real -- smollm2-135m-instruct`' },
  'smollm2-gguf': {
    file: join(modelsFolder, 'smollm2-135m-instruct.gguf'),
    how: '`npm run rankforge -- base fetch --gguf smollm2-135m-instruct`',
  },
  minilm: { file: join(modelsFolder, 'minilm-l6'), how: '`npm run bases:real -- minilm-l6`' },
};

/** Why something cannot be measured here, with what to do; undefined where it can. */
export async function absent(what: keyof typeof needed): Promise<string | undefined> {
  const { file, how } = needed[what];
  return access(file).then(
    () => undefined,
    () => `${what} was left out: there is no ${file} (${how}).`,
  );
}
