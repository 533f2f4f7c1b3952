import { access, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import pg from 'pg';
import { packagesBeside } from './packages.js';
import { withServers } from './servers.js';

const script = fileURLToPath(new URL('../../optuna/sleepers.py', import.meta.url));
/** The Optuna that the search is held to, with what it needs. */
const requirements = fileURLToPath(new URL('../../../libs/search/test/oracle/requirements.txt', import.meta.url));
const driver = 'psycopg2-binary==2.9.10';

/**
 * Runs the same through Optuna on a private Postgres.
 * @returns no seconds, and why, where there is no Python or its packages cannot be installed
 */
export async function runOptuna(work: { trials: number; processes: number; seconds: number }) {
  const python = await pythonWithOptuna();
  if (python.path === undefined) return { seconds: null, note: `Optuna was not run: ${python.reason}` };
  const path = python.path;
  return withOptunaStorage(async (address) => {
    const { stdout } = await execa(path, [script, address, ...Object.values(work).map(String)], { stderr: 'inherit' });
    return {
      seconds: Number(stdout.trim()),
      note: `Optuna: ${await optunaRelease()}, ${driver}, random sampler, four parameters.`,
    };
  });
}

/** Runs `work` with the address of an empty database of a private Postgres, as SQLAlchemy writes it. */
export function withOptunaStorage<T>(work: (address: string) => Promise<T>): Promise<T> {
  return withServers(async ({ databaseUrl }) => {
    const client = new pg.Client(databaseUrl);
    await client.connect();
    await client.query('CREATE DATABASE optuna');
    await client.end();
    const url = new URL(databaseUrl);
    url.pathname = '/optuna';
    // A scheme without a driver means another one to SQLAlchemy than the one that is installed.
    return work(url.href.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:'));
  });
}

/**
 * Installs Optuna beside the packages of another Python.
 * @returns the folder for its PYTHONPATH
 */
export async function optunaFor(python: string): Promise<string> {
  return packagesBeside(python, 'optuna', [await optunaRelease(), driver]);
}

/** The release that all comparisons are made with. */
export async function optunaRelease(): Promise<string> {
  const [release] = /^optuna==.+$/m.exec(await readFile(requirements, 'utf8')) ?? ['optuna'];
  return release;
}

/** A virtual environment that is kept for the next run. */
async function pythonWithOptuna(): Promise<{ path: string; reason?: never } | { path?: never; reason: string }> {
  const folder = join(tmpdir(), 'rankforge-bench-optuna');
  const path = join(folder, 'bin/python');
  try {
    await access(path).catch(() => execa('python3', ['-m', 'venv', folder]));
    await execa(path, ['-m', 'pip', 'install', '--quiet', '-r', requirements, driver]);
    return { path };
  } catch (error) {
    return { reason: `python3 with venv and pip is needed (${(error as Error).message.split('\n')[0]})` };
  }
}
