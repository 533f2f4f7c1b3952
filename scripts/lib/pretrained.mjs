/** @file What the programs that make our base models share: flags, and where a base comes from. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './root.mjs';

/**
 * `--steps N` and `--out FOLDER`. Ends the program where they are wrong.
 *
 * @param script of package.json
 * @returns the command that does the same again, besides
 */
export function pretrainFlags(script, usual) {
  const { values: flags } = parseArgs({
    options: {
      steps: { type: 'string', default: String(usual.steps) },
      out: { type: 'string', default: join(root, usual.out) },
    },
  });
  const steps = Number(flags.steps);
  if (!Number.isInteger(steps) || steps < 1) {
    console.error(`${script}: --steps expects a positive integer, got ${flags.steps}`);
    process.exit(2);
  }
  const command = `npm run ${script}${steps === usual.steps ? '' : ` -- --steps ${steps}`}`;
  return { steps, out: flags.out, command };
}

/** Digest of a file of a base's folder. */
export const sha256Of = async (folder, file) =>
  createHash('sha256')
    .update(await readFile(join(folder, file)))
    .digest('hex');

/**
 * Writes `provenance.json` beside the weights.
 *
 * @param made name, command, config and values of the base; task, data, engine and what it was trained with; `besides`: of
 *   this base alone, its scores for one
 * @returns what was written
 */
export async function writeProvenance(folder, made) {
  const { name, command, config, values, task, data, engine, method, optimizer, options, seconds, besides } = made;
  const weights = await readFile(join(folder, 'model.safetensors'));
  const { version } = JSON.parse(await readFile(join(root, 'libs/peft/package.json'), 'utf8'));
  const provenance = {
    name,
    command,
    architecture: config,
    parameters: [...values.values()].reduce((sum, tensor) => sum + tensor.values.length, 0),
    weights: {
      file: 'model.safetensors',
      sha256: await sha256Of(folder, 'model.safetensors'),
      bytes: weights.length,
      dtype: 'float32',
    },
    data: {
      task: task.name,
      ...task.source,
      dataHash: task.dataHash,
      examples: { train: data.train.size, validation: data.validation.size, test: data.test.size },
    },
    licence: 'Apache-2.0',
    training: {
      library: `@rankforge/peft@${version}`,
      engine: engine.name,
      device: engine.device,
      method,
      optimizer,
      options,
      seconds: Math.round(seconds),
    },
    ...besides,
  };
  await writeFile(join(folder, 'provenance.json'), `${JSON.stringify(provenance, null, 2)}\n`);
  return provenance;
}
