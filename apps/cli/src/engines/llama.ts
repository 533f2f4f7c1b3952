/** @file Adds llama.cpp to an installation, for generators that are GGUF files: fetched, started, and only then put in its place. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { CommandError, exitCode } from '../exit-codes.js';
import { LocalSetupError } from '../local/errors.js';
import { lockFolder } from '../local/lock.js';
import { type AddedLlama, keep, llamaManifest } from './added.js';
import { installLocked } from './packages.js';

/**
 * Makes it in a folder beside, so that what is there works until the new one has started.
 *
 * @throws LocalSetupError where this machine cannot have it, or npm fetches nothing
 * @throws CommandError where it does not start
 */
export async function addLlama({
  folder,
  onProgress,
}: {
  folder: string;
  onProgress: (line: string) => void;
}): Promise<AddedLlama> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new LocalSetupError(
      `engine llama needs Linux on x64, and this is ${process.platform} on ${process.arch}: add an endpoint as a generator instead`,
    );
  }
  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder);
  const home = join(folder, '.made', 'llama');
  try {
    await rm(home, { recursive: true, force: true });
    await cp(llamaManifest, home, { recursive: true });
    onProgress('fetching llama.cpp from npm');
    // The binaries for GPUs are optional packages of it, and six times its size.
    await installLocked(home, 'llama.cpp', ['--omit=optional']);
    onProgress('starting it');
    const engine: AddedLlama = { name: 'llama', releases: await startLlama(home), addedAt: new Date().toISOString() };
    await keep(folder, home, engine);
    return engine;
  } finally {
    await rm(home, { recursive: true, force: true });
    await unlock();
  }
}

/**
 * Starts it as it was fetched into a folder.
 *
 * @returns the releases that it is made of
 * @throws CommandError with the last lines that it printed, where it does not start
 */
export async function startLlama(home: string): Promise<string[]> {
  const program = await execa(process.execPath, ['start.mjs'], { cwd: home, reject: false, all: true });
  if (program.exitCode !== 0) {
    const lines = (program.all ?? '').split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
    const said = lines.slice(-6).join('\n');
    const message = `llama.cpp was fetched and does not start on this machine:\n${said}`;
    throw new CommandError(message, exitCode.unsound, { cause: program });
  }
  return z.array(z.string()).parse(JSON.parse(program.stdout.trim().split('\n').at(-1)!));
}
