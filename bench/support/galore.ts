/** @file PyPI galore-torch, for the bench that is held against it. */
import { fileURLToPath } from 'node:url';
import { packagesBeside } from './packages.js';

const requirements = fileURLToPath(new URL('../../galore/requirements.txt', import.meta.url));

/** @returns the folder for the PYTHONPATH of an interpreter, or why there is none, where pip reaches no index */
export async function galoreBeside(python: string): Promise<{ path: string } | { absent: string }> {
  try {
    return { path: await packagesBeside(python, 'galore_torch', ['--no-deps', '-r', requirements]) };
  } catch (error) {
    return { absent: `GaLore by galore-torch was left out: ${(error as Error).message.split('\n')[0]}` };
  }
}
