/** @file Estimators of PyPI, for the bench that is held against them. */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const folder = fileURLToPath(new URL('../../estimators/', import.meta.url));

/** A run as every estimator is asked about it. */
export interface AskedRun {
  config: object;
  method: string;
  rank?: number;
  dtype: string;
  doubleQuantization: boolean;
  adapters: 'float32' | 'model';
  batch: number;
  sequence: number;
  gpu: string;
  /** The bytes that were measured. */
  counts: 'reserved' | 'allocated';
}

export interface Estimator {
  name: string;
  version: string;
  /** By run; null where it has no option for one. */
  bytes: readonly (number | null)[];
}

/** @returns why they were left out, where there is no Python or pip reaches no index */
export async function askEstimators(runs: readonly AskedRun[]): Promise<Estimator[] | { absent: string }> {
  // The environment is kept for the next run.
  const environment = join(tmpdir(), 'rankforge-bench-estimators');
  const python = join(environment, 'bin/python');
  const scratch = await mkdtemp(join(tmpdir(), 'rankforge-estimators-'));
  const install = (...args: string[]) => execa(python, ['-m', 'pip', 'install', '--quiet', ...args]);
  try {
    await access(python).catch(() => execa('python3', ['-m', 'venv', environment]));
    await install('-r', join(folder, 'requirements.txt'));
    await install('--no-build-isolation', '-r', join(folder, 'deepspeed.txt'));
    const file = join(scratch, 'runs.json');
    await writeFile(file, JSON.stringify(runs));
    const { stdout } = await execa(python, [join(folder, 'ask.py'), file], { env: { HF_HUB_OFFLINE: '1' } });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Estimator[];
  } catch (error) {
    return { absent: `Other estimators were left out: ${(error as Error).message.split('\n')[0]}` };
  } finally {
    await rm(scratch, { recursive: true });
  }
}
