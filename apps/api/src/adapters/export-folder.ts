/** @file A folder of converted files that lives as long as somebody reads it. */
import { fork } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';
import { ProblemError } from '../platform/http/problem.js';
import type { ExportOrder, ExportOutcome } from './export-messages.js';

const script = fileURLToPath(new URL('./export-child.js', import.meta.url));

/**
 * Converts an adapter and streams the files as a tar archive. Nothing is left on disk when the stream ends, however it ends.
 *
 * @throws ProblemError `conflict` where the adapter cannot leave in this format
 */
export async function exportArchive(
  adapter: Uint8Array,
  order: Omit<ExportOrder, 'adapter' | 'out'>,
): Promise<Readable> {
  const folder = await mkdtemp(join(tmpdir(), 'rankforge-export-'));
  const discard = () => rm(folder, { recursive: true, force: true });
  try {
    const [file, out] = [join(folder, 'adapter.safetensors'), join(folder, 'out')];
    await writeFile(file, adapter);
    await mkdir(out);
    const outcome = await runChild({ ...order, adapter: file, out });
    if (outcome.kind === 'refused') throw new ProblemError('conflict', outcome.reason);
    if (outcome.kind === 'failed') throw new Error(`The adapter could not be converted: ${outcome.reason}`);
    return archiveOf(out, discard);
  } catch (error) {
    await discard();
    throw error;
  }
}

function runChild(order: ExportOrder): Promise<ExportOutcome> {
  return new Promise((resolve, reject) => {
    const child = fork(script, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    let outcome: ExportOutcome | undefined;
    child.once('message', (message: ExportOutcome) => {
      outcome = message;
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(outcome ?? { kind: 'failed', reason: `its process ended with ${signal ?? code}` });
    });
    child.send(order);
  });
}

function archiveOf(folder: string, discard: () => Promise<void>): Readable {
  const archive = pack();
  void addFiles(archive, folder)
    .catch((error: Error) => archive.destroy(error))
    .finally(discard);
  return archive;
}

async function addFiles(archive: ReturnType<typeof pack>, folder: string): Promise<void> {
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const { size } = await stat(path);
    await pipeline(createReadStream(path), archive.entry({ name, size }));
  }
  archive.finalize();
}
