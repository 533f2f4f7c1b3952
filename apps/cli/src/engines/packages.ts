/** @file Packages of npm that an engine is made of. */
import { execa } from 'execa';
import { LocalSetupError } from '../local/errors.js';

/**
 * Installs what the lock file of a folder pins. No script of a package is run.
 *
 * @param what is fetched, for people
 * @param options further ones of `npm ci`
 * @throws LocalSetupError with the last lines that npm printed
 */
export async function installLocked(home: string, what: string, options: readonly string[] = []): Promise<void> {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...options];
  const result = await execa('npm', args, { cwd: home, reject: false, all: true });
  if (result.exitCode === 0) return;
  const said = (result.all ?? '').trim().split('\n').slice(-6).join('\n');
  throw new LocalSetupError(`npm could not fetch ${what} (exit ${result.exitCode}):\n${said}`, { cause: result });
}
