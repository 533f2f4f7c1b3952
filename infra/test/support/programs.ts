import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram, installSystemPackage } from '../../../apps/cli/src/local/system-packages.js';

const execute = promisify(execFile);

export interface Program {
  /** Full path, or undefined where the program can be neither found nor installed. */
  path: string | undefined;
  /** Why there is none, for the test report. */
  missing: string;
}

/** The program on this machine, installed from the system's packages where that is allowed. Prints why when it is not. */
export async function ensureProgram(name: string, pkg: { apt: string; brew: string }): Promise<Program> {
  const found = await findProgram([name]);
  if (found) return { path: found, missing: '' };
  try {
    await installSystemPackage(pkg, (line) => console.log(line));
  } catch (error) {
    const missing = `${name} is not installed and cannot be: ${error instanceof Error ? error.message : String(error)}`;
    console.warn(`SKIPPED: ${missing}`);
    return { path: undefined, missing };
  }
  const path = await findProgram([name]);
  return { path, missing: path ? '' : `the package ${pkg.apt} holds no ${name}` };
}

/** Runs a program to its end and returns what it printed. @throws Error with what it printed when it fails. */
export async function output(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await execute(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
