import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const bin = fileURLToPath(new URL('../../bin/rankforge.js', import.meta.url));

export interface Ran {
  status: number;
  out: string;
  err: string;
}

/** Runs the command line as a user does; nothing of this process's own settings reaches it. */
export async function rankforge(args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Ran> {
  const { PATH, HOME } = process.env;
  const ran = await execa(process.execPath, [bin, ...args], {
    env: { PATH, HOME, NO_COLOR: '1', ...env },
    extendEnv: false,
    input,
    reject: false,
    timeout: 60_000,
  });
  return { status: ran.exitCode ?? -1, out: ran.stdout, err: ran.stderr };
}
