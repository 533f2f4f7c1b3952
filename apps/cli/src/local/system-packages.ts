import { access, constants } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { execa } from 'execa';
import { LocalSetupError } from './errors.js';

/** The package's name for each package manager this project knows. */
export interface SystemPackage {
  apt: string;
  brew: string;
}

/** The first of `programs` found on PATH (and in the folders that a short PATH leaves out), as a full path. */
export async function findProgram(programs: readonly string[]): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin', '/usr/sbin'];
  for (const program of programs) {
    for (const folder of folders.filter(Boolean)) {
      const file = resolve(folder, program);
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Installs a package through apt (as root or through passwordless sudo) or through Homebrew (untested).
 *
 * @throws LocalSetupError with the reason when this machine does not allow it.
 */
export async function installSystemPackage(pkg: SystemPackage, onProgress: (line: string) => void): Promise<void> {
  if (await findProgram(['apt-get'])) {
    const prefix = await rootPrefix();
    if (!prefix) throw new LocalSetupError('installing with apt-get needs root or sudo without a password');
    onProgress(`installing ${pkg.apt} with apt-get`);
    const options = ['-o', 'DPkg::Lock::Timeout=300'];
    // A bare Debian has no package lists: without the update no package can be located.
    await apt(prefix, [...options, 'update']);
    await apt(prefix, [...options, 'install', '-y', '--no-install-recommends', pkg.apt]);
    return;
  }
  if (await findProgram(['brew'])) {
    onProgress(`installing ${pkg.brew} with brew`);
    await run('brew', ['install', pkg.brew]);
    return;
  }
  throw new LocalSetupError('neither apt-get nor brew is on PATH');
}

export interface NeededProgram {
  find(): Promise<string | undefined>;
  pkg: SystemPackage;
  /** Names the missing program and what a person may do: `Redis is needed and …. Either install one (…), or ….` */
  missing: string;
}

/**
 * Finds a program, installing its package when this machine's package manager may.
 *
 * @throws LocalSetupError with what a person may do, and why it was not installed.
 */
export async function ensureProgram(
  { find, pkg, missing }: NeededProgram,
  onProgress: (line: string) => void,
): Promise<string> {
  const found = await find();
  if (found) return found;
  let reason: unknown;
  try {
    await installSystemPackage(pkg, onProgress);
  } catch (error) {
    reason = error;
  }
  const installed = await find();
  if (installed) return installed;
  const why = reason instanceof Error ? reason.message : 'the package holds none';
  throw new LocalSetupError(`${missing} It was not installed for you: ${why}`, { cause: reason });
}

async function rootPrefix(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  if (!(await findProgram(['sudo']))) return undefined;
  const sudo = await execa('sudo', ['-n', 'true'], { reject: false });
  return sudo.exitCode === 0 ? ['sudo', '-n'] : undefined;
}

function apt(prefix: string[], args: string[]): Promise<void> {
  const command = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args];
  return run(command[0] as string, command.slice(1));
}

async function run(command: string, args: string[]): Promise<void> {
  const result = await execa(command, args, { reject: false, all: true, timeout: 600_000 });
  if (result.exitCode === 0) return;
  const tail = (result.all ?? '').trim().split('\n').slice(-5).join('\n');
  throw new LocalSetupError(`\`${command} ${args.join(' ')}\` failed (exit ${result.exitCode}):\n${tail}`, {
    cause: result,
  });
}
