import { createWriteStream, open as openFile } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { PlatformStores } from '@rankforge/db/backup';
import type { Command } from 'commander';
import { CommandError, exitCode, usage } from '../exit-codes.js';
import { withStoppedStores, withStores } from '../local/stores.js';
import { databaseTrouble } from '../local/trouble.js';
import { formatCount, formatMiB } from '../output/format.js';
import { print, say } from '../output/print.js';
import { optionsOf } from './options.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const storesText = `
The database is that of DATABASE_DIRECT_URL or DATABASE_URL, and the files are those below RANKFORGE_DATA_DIR: set them as the API has
them. Without DATABASE_URL they are those of \`rankforge up\` in RANKFORGE_HOME.`;

export function addBackupCommand(program: Command): void {
  program
    .command('backup')
    .description('Write the database and the artifacts of one moment to a file, while everything runs')
    .argument(
      '<file-or-folder>',
      'file to make, or a folder in which it gets a name by its time; never one that is there',
    )
    .addHelpText(
      'after',
      `${storesText}

The file holds data sets, adapters and the secrets of webhooks as they are; keys and sessions are there as
digests. Its mode is 0600. A pipe such as /dev/stdout is written to at once. Base models are not in it.`,
    )
    .action(async (target: string, _: unknown, command: Command) => {
      const { backUp } = await import('@rankforge/db/backup');
      const { file, isPipe } = await targetOf(target);
      const draft = isPipe ? file : `${file}.${process.pid}.part`;
      const made = await interruptibly((signal) =>
        withStores(
          async (stores) => {
            const out = await openOutput(draft);
            let failure: Error | undefined;
            out.once('error', (error) => (failure ??= error));
            try {
              const made = await backUp(stores, out, { version, signal });
              if (!isPipe) await appear(draft, file);
              return made;
            } catch (cause) {
              if (!isPipe) await rm(draft, { force: true });
              if (failure && !signal.aborted) throw unwritable(file, failure);
              throw await inWords(cause, stores);
            }
          },
          { signal },
        ),
      );
      const { rows, artifacts, bytes } = made;
      const line = `${file}: ${formatCount(rows)} rows and ${formatCount(artifacts)} artifacts of ${made.madeAt}, ${formatMiB(bytes)} MiB`;
      if (isPipe) say(line);
      else print(optionsOf(command), { file, ...made }, () => line);
    });
}

export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .description('Fill an empty database and an empty folder of data from a backup')
    .argument('<file>', 'what `rankforge backup` made')
    .option('--check', 'only read it, and say whether it is whole')
    .addHelpText(
      'after',
      `${storesText} Nothing may run on them.

The whole file is checked before anything is written. Killed in the middle, the same command goes on. Migrations that the backup lacks are
applied. Give Redis an empty database: queues are filled from the restored one.`,
    )
    .action(async (file: string, _: unknown, command: Command) => {
      const options = optionsOf<{ check?: boolean }>(command);
      const { checkBackup, restore } = await import('@rankforge/db/backup');
      const found = await stat(file).catch(() => undefined);
      if (!found?.isFile()) throw usage(`${file} is not a file: expected what \`rankforge backup\` made`);
      if (options.check) {
        const { head } = await interruptibly((signal) => checkBackup(file, signal)).catch(async (cause) => {
          throw await inWords(cause);
        });
        print(options, head, () => `${file} is whole: made by rankforge ${head.version} at ${head.madeAt}`);
        return;
      }
      const restored = await interruptibly((signal) =>
        withStoppedStores(
          (stores) =>
            restore(file, stores, signal).catch(async (cause) => {
              throw await inWords(cause, stores);
            }),
          { signal },
        ),
      );
      const { rows, artifacts, applied, madeAt } = restored;
      const migrated = applied.length > 0 ? `, ${applied.length} migrations applied` : '';
      print(
        options,
        restored,
        () =>
          `restored ${formatCount(rows)} rows and ${formatCount(artifacts)} artifacts of ${madeAt}${migrated}. Start the platform: what ran ` +
          'then goes on from its checkpoints',
      );
    });
}

async function targetOf(target: string): Promise<{ file: string; isPipe: boolean }> {
  const found = await stat(target).catch(() => undefined);
  const file = found?.isDirectory()
    ? join(target, `rankforge-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.tar`)
    : target;
  if (found?.isFile()) throw usage(`${target} is there already: name a new file, or a folder`);
  return { file, isPipe: found !== undefined && !found.isDirectory() };
}

/** A write to a pipe that nobody reads would hold up the end of this process, were it one to a file. */
async function openOutput(path: string): Promise<Writable> {
  const isPipe = (await stat(path).catch(() => undefined))?.isFIFO() === true;
  if (!isPipe) return createWriteStream(path, { mode: 0o600 });
  // The socket closes it; a handle would close it once more.
  const fd = await promisify(openFile)(path, 'w');
  return new Socket({ fd, readable: false, writable: true });
}

/** Gives a file that is written its name, once its bytes are on the disk. */
async function appear(draft: string, file: string): Promise<void> {
  for (const path of [draft, dirname(file)]) {
    const handle = await open(path, 'r');
    await handle.sync();
    await handle.close();
    if (path === draft) await rename(draft, file);
  }
}

/** Lets work end in order where the user interrupts it. */
async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work(interrupt.signal);
  } catch (error) {
    if (interrupt.signal.aborted) throw new CommandError('interrupted', exitCode.interrupted, { cause: error });
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

const unwritable = (path: string, cause: NodeJS.ErrnoException) =>
  new CommandError(
    `${path} cannot be written (${cause.code}): its folder must be there, open to you and with room; nothing of it is left`,
    exitCode.usage,
    { cause },
  );

/** Codes of a disk that takes nothing; errors of a write name no file. */
const roomless = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'];

/** The error for what is refused, or for a database or folder that cannot be used. */
async function inWords(cause: unknown, { databaseUrl, dataDir }: Partial<PlatformStores> = {}): Promise<unknown> {
  const { BackupError } = await import('@rankforge/db/backup');
  if (cause instanceof BackupError) return new CommandError(cause.message, exitCode.refused, { cause });
  const { code, path, syscall } = cause as NodeJS.ErrnoException;
  if (syscall && path) {
    return new CommandError(
      `${path} cannot be used (${code}, ${syscall}): it must be there, open to you and with room`,
      exitCode.setup,
      { cause },
    );
  }
  if (roomless.includes(code ?? '')) {
    return new CommandError(
      `a file below ${dataDir} cannot be written (${code}): make room, then start the same command again`,
      exitCode.setup,
      { cause },
    );
  }
  if (databaseUrl === undefined) return cause;
  return (await databaseTrouble(databaseUrl, cause)) ?? cause;
}
