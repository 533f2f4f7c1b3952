/** @file The program of a runner that was added to this installation. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AddedRunner, type EngineName } from '@rankforge/contracts';
import type { RunnerProgram } from './runner-process.js';

/** @throws Error naming what to do where it was not added, or its file cannot be read */
export async function programOf(engine: EngineName, enginesFolder: string | undefined): Promise<RunnerProgram> {
  const add = `\`rankforge engine add ${engine}\` adds it`;
  if (enginesFolder === undefined) throw new Error(`engine ${engine} is not there: ${add}`);
  const home = join(enginesFolder, engine);
  const file = join(home, 'engine.json');
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new Error(`engine ${engine} is not there (${cause.message}): ${add}`, { cause });
  });
  const added = AddedRunner.safeParse(JSON.parse(text));
  if (!added.success) throw new Error(`${file} is not what was written: ${add} anew`);
  const { python, module } = added.data;
  return {
    command: python,
    args: ['-m', module],
    env: { ...process.env, PYTHONPATH: join(home, 'src'), PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
  };
}
