import { stat } from 'node:fs/promises';
import { CommandError, exitCode, usage } from '../../exit-codes.js';
import type { Choice, ReadTask, RunFormat } from './format.js';
import { inspect } from './inspect.js';
import { lmEval } from './lm-eval.js';
import { table } from './table.js';

/** Forms of results by name; the first that finds files at a path reads them. */
const formats: Readonly<Record<string, RunFormat>> = { 'lm-evaluation-harness': lmEval, Inspect: inspect, table };

/**
 * The results at paths, a board's worth for each task.
 * @throws CommandError where a path holds nothing that is read, or paths hold results of several forms
 */
export async function readTasks(paths: readonly string[], choice: Choice): Promise<readonly ReadTask[]> {
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const [name, files] = await findIn(path);
    found.set(name, [...(found.get(name) ?? []), ...files]);
  }
  const [first, second] = found;
  if (second)
    throw usage(`${paths.join(', ')} hold results of ${first![0]} and of ${second[0]}: compare those of one form`);
  return formats[first![0]]!.read([...new Set(first![1])], choice);
}

async function findIn(path: string): Promise<[string, readonly string[]]> {
  await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(`${path} cannot be read (${cause.code})`, exitCode.usage, { cause });
  });
  for (const [name, format] of Object.entries(formats)) {
    const files = await format.find(path);
    if (files.length > 0) return [name, files];
  }
  const holds = Object.values(formats).map((format) => format.holds);
  throw usage(`${path}: expected ${holds.slice(0, -1).join(', ')} or ${holds.at(-1)}`);
}
