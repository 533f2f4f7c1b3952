/** @file PyPI bm25s, for the bench that is held against it. */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const folder = fileURLToPath(new URL('../../bm25s/', import.meta.url));

export interface WordSearch {
  documents: readonly string[];
  queries: readonly string[];
  /** Documents that are found for each query. */
  count: number;
}

export interface Found {
  /** Seconds of making the index, and of all queries. */
  indexed: number;
  searched: number;
  /** Indices of documents, best first, by query. */
  found: readonly (readonly number[])[];
}

/** @returns why it was left out, where there is no Python or pip reaches no index */
export async function searchByBm25s(asked: WordSearch): Promise<(Found & { version: string }) | { absent: string }> {
  // The environment is kept for the next run.
  const environment = join(tmpdir(), 'rankforge-bench-bm25s');
  const python = join(environment, 'bin/python');
  const scratch = await mkdtemp(join(tmpdir(), 'rankforge-bm25s-'));
  try {
    await access(python).catch(() => execa('python3', ['-m', 'venv', environment]));
    await execa(python, ['-m', 'pip', 'install', '--quiet', '-r', join(folder, 'requirements.txt')]);
    const file = join(scratch, 'asked.json');
    await writeFile(file, JSON.stringify(asked));
    const { stdout } = await execa(python, [join(folder, 'search.py'), file]);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Found & { version: string };
  } catch (error) {
    return { absent: `bm25s was left out: ${(error as Error).message.split('\n')[0]}` };
  } finally {
    await rm(scratch, { recursive: true });
  }
}
