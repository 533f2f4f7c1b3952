/** @file Sweeps whose methods train a victim, written anew for a model that was trained here. */
import { readFileSync } from 'node:fs';
import { fail } from './command-line.mjs';

/**
 * The sweep of a file with the training that the command line names in place of the victims of its methods.
 *
 * @param program path of the example, for its usage
 * @param of file of the sweep of which the training is one
 */
export function withTrainedVictim(file, { program, of, name }) {
  const [teacher] = process.argv.slice(2);
  if (!/^[0-9a-f-]{36}$/.test(teacher ?? '')) {
    fail(`usage: node ${program} TRIAL, the id of a finished training of ${of}`);
  }
  const sweep = JSON.parse(readFileSync(file, 'utf8'));
  const methods = sweep.methods.map(({ config: { victim: _, ...config }, ...method }) => ({
    ...method,
    teacher,
    config,
  }));
  return { ...sweep, name, methods };
}
