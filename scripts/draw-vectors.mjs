#!/usr/bin/env node
/**
 * `npm run draw:vectors`: draws a table of vectors, one for each user and each item of a data set, and writes models/nano-recommender: a
 * base to be trained on interactions. It knows nothing.
 *
 * Flags: `--entities N` users and items together at most, `--width N`, `--seed N` and `--out FOLDER`, for a base of another size.
 */
import './lib/node-version.mjs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compile } from './lib/compile.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { sha256Of } from './lib/pretrained.mjs';
import { root } from './lib/root.mjs';

const usual = { entities: 4096, width: 32, seed: 0, out: join(root, 'models/nano-recommender') };
const { values: flags } = parseArgs({
  options: Object.fromEntries(
    Object.entries(usual).map(([name, value]) => [name, { type: 'string', default: String(value) }]),
  ),
});
const [entities, width, seed] = ['entities', 'width', 'seed'].map((name) => {
  const value = Number(flags[name]);
  if (Number.isInteger(value) && value >= (name === 'seed' ? 0 : 1)) return value;
  console.error(`draw:vectors: --${name} expects a whole number from ${name === 'seed' ? 0 : 1}, got ${flags[name]}`);
  return process.exit(2);
});

ensureInstalled();
compile('compiling', 'libs/peft');
const peft = await import('@rankforge/peft');

const config = { architecture: 'embedding-mlp', cardinalities: [entities], embeddingWidth: width, width, layers: 0 };
const values = peft.initialValues(config, peft.createRandom(seed));
await peft.saveBase(flags.out, { config, values, tokenizer: null }, { provenance: 'provenance.json' });
const provenance = {
  name: 'nano-recommender',
  command: ['npm run draw:vectors', ...changed()].join(' '),
  architecture: config,
  parameters: [...values.values()].reduce((sum, tensor) => sum + tensor.values.length, 0),
  weights: { file: 'model.safetensors', sha256: await sha256Of(flags.out, 'model.safetensors'), dtype: 'float32' },
  drawn: { seed, deviation: 0.05 },
  licence: 'Apache-2.0',
};
await writeFile(join(flags.out, 'provenance.json'), `${JSON.stringify(provenance, null, 2)}\n`);
console.log(`${resolve(flags.out)}: ${entities} vectors of width ${width}`);

/** Flags that make another base. */
function changed() {
  const given = Object.entries({ entities, width, seed }).filter(([name, value]) => value !== usual[name]);
  return given.length === 0 ? [] : ['--', ...given.map(([name, value]) => `--${name} ${value}`)];
}
