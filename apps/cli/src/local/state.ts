import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What `.rankforge/state.json` holds; other commands find the running platform by it. */
export interface LocalState {
  /** The `rankforge up` that runs on this folder, or ran last. */
  launcherPid?: number;
  /** Ports of the last start: tried again, so that addresses stay the same. */
  ports?: { postgres?: number; redis?: number; api?: number };
  databaseUrl?: string;
  redisUrl?: string;
  apiUrl?: string;
  /** By which the API of `apiUrl` proves that the launcher started it; made anew by every launcher. */
  launchSecret?: string;
}

const file = (dir: string) => join(dir, 'state.json');

export async function readState(dir: string): Promise<LocalState> {
  let text: string;
  try {
    text = await readFile(file(dir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return JSON.parse(text) as LocalState;
  } catch (cause) {
    throw new Error(`${file(dir)} is not JSON: delete it (ports and process ids are found again)`, { cause });
  }
}

/** Replaces the given keys in one step; a reader sees the old file or the new one. */
export async function updateState(dir: string, change: Partial<LocalState>): Promise<LocalState> {
  const next = { ...(await readState(dir)), ...change };
  await writeSecret(file(dir), `${JSON.stringify(next, null, 2)}\n`);
  return next;
}

/** Writes a file that only its owner reads, in one step. */
export async function writeSecret(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
}
