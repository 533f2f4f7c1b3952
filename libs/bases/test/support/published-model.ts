import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** The folder of a model that `npm run bases:real` fetches; where it is not there, the reason to skip its tests is printed. */
export function publishedModel(name: string): { folder: string; missing: string | undefined } {
  const folder = resolve(root, process.env.RANKFORGE_MODELS_DIR || 'models', name);
  const missing = existsSync(join(folder, 'config.json'))
    ? undefined
    : `the base ${name} is not in ${folder}; \`npm run bases:real -- ${name}\` fetches it`;
  if (missing) console.warn(`SKIPPED: ${missing}`);
  return { folder, missing };
}
