/** @file A base that was drawn from a seed and knows nothing, written with where it is from. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compile } from './compile.mjs';
import { ensureInstalled } from './install.mjs';
import { sha256Of } from './pretrained.mjs';
import { root } from './root.mjs';

/**
 * Reads the flags of a command, draws the base that they say, and writes it to `--out`, or below models/.
 *
 * @param command the script of package.json
 * @param name of the base
 * @param usual numbers by flag, each a whole number from 1
 * @param configOf the configuration of the model from the numbers
 * @param drawn facts of how weights are drawn, besides the seed
 * @param says what was drawn, from the numbers
 */
export async function drawBase({ command, name, usual, configOf, drawn, says }) {
  const all = { ...usual, seed: 0 };
  const text = { ...all, out: join(root, 'models', name) };
  const { values: flags } = parseArgs({
    options: Object.fromEntries(
      Object.entries(text).map(([flag, value]) => [flag, { type: 'string', default: String(value) }]),
    ),
  });
  const numbers = Object.fromEntries(
    Object.keys(all).map((flag) => {
      const [value, least] = [Number(flags[flag]), flag === 'seed' ? 0 : 1];
      if (Number.isInteger(value) && value >= least) return [flag, value];
      console.error(`${command}: --${flag} expects a whole number from ${least}, got ${flags[flag]}`);
      return process.exit(2);
    }),
  );
  ensureInstalled();
  compile('compiling', 'libs/peft');
  const peft = await import('@rankforge/peft');
  const config = configOf(numbers);
  const values = peft.initialValues(config, peft.createRandom(numbers.seed));
  await peft.saveBase(flags.out, { config, values, tokenizer: null }, { provenance: 'provenance.json' });
  const changed = Object.entries(numbers).filter(([flag, value]) => value !== all[flag]);
  const given = changed.map(([flag, value]) => `--${flag} ${value}`);
  const provenance = {
    name,
    command: [`npm run ${command}`, ...(given.length > 0 ? ['--', ...given] : [])].join(' '),
    architecture: config,
    parameters: [...values.values()].reduce((sum, tensor) => sum + tensor.values.length, 0),
    weights: { file: 'model.safetensors', sha256: await sha256Of(flags.out, 'model.safetensors'), dtype: 'float32' },
    drawn: { seed: numbers.seed, ...drawn },
    licence: 'Apache-2.0',
  };
  await writeFile(join(flags.out, 'provenance.json'), `${JSON.stringify(provenance, null, 2)}\n`);
  console.log(`${resolve(flags.out)}: ${says(numbers)}`);
}
