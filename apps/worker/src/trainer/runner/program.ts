/** @file The program of a runner that was added to this installation. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AddedRunner, type EngineName, engineRecord, type RunnerAbilities } from '@rankforge/contracts';
import type { RunnerProgram } from './runner-process.js';

/** @throws Error naming what to do where it was not added, or its file cannot be read */
export async function addedRunner(engine: EngineName, enginesFolder: string | undefined): Promise<AddedRunner> {
  const add = `\`rankforge engine add ${engine}\` adds it`;
  if (enginesFolder === undefined) throw new Error(`engine ${engine} is not there: ${add}`);
  const file = join(enginesFolder, engine, 'engine.json');
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new Error(`engine ${engine} is not there (${cause.message}): ${add}`, { cause });
  });
  const added = AddedRunner.safeParse(JSON.parse(text));
  if (!added.success) throw new Error(`${file} is not what was written: ${add} anew`);
  return added.data;
}

/** What those of these engines can do that are added runners, as they said when they were added. One that cannot be read says nothing. */
export async function runnersOf(
  engines: readonly EngineName[],
  enginesFolder: string,
  warn: (reason: string) => void,
): Promise<Partial<Record<EngineName, RunnerAbilities>>> {
  const added = engines.filter((name) => engineRecord(name).runner && !engineRecord(name).commands);
  const entries = added.map(async (name) => {
    try {
      return [[name, (await addedRunner(name, enginesFolder)).able] as const];
    } catch (error) {
      warn((error as Error).message);
      return [];
    }
  });
  return Object.fromEntries((await Promise.all(entries)).flat());
}

/** @throws Error as `addedRunner` */
export async function programOf(engine: EngineName, enginesFolder: string | undefined): Promise<RunnerProgram> {
  const { python, module } = await addedRunner(engine, enginesFolder);
  const sources = join(enginesFolder!, engine, 'src');
  return {
    command: python,
    args: ['-m', module],
    env: { ...process.env, PYTHONPATH: sources, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
  };
}
