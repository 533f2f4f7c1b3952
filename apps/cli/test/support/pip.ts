import { execa } from 'execa';
import type { TestContext } from 'vitest';

/** Skips a test where there is no pip, which is no part of the tests' own set-up. Gives the Python that has it. */
export async function skipWithoutPip(skip: TestContext['skip']): Promise<string> {
  const { exitCode } = await execa('python3', ['-m', 'pip', '--version'], { reject: false });
  if (exitCode !== 0) {
    console.log('skipped: this machine has no Python 3 with pip');
    skip('this machine has no Python 3 with pip');
  }
  return 'python3';
}
