import { expect } from 'vitest';
import { type Ran, rankforge } from './run.js';

interface Asked {
  key?: string;
  input?: string;
}

/**
 * Runs the command line on the platform of a test.
 *
 * @param of asked at each use: the address of the API, and the key of whoever names none
 */
export function onPlatform(of: () => { url: string; key: string }) {
  const run = (args: string[], { key = of().key, input = '' }: Asked = {}): Promise<Ran> =>
    rankforge(args, { RANKFORGE_URL: of().url, RANKFORGE_KEY: key }, input);
  return {
    run,
    /** The value that a command writes with `--json`, where it succeeds and says nothing else. */
    async json<T>(args: string[], input = '', key = of().key): Promise<T> {
      const { status, out, err } = await run([...args, '--json'], { input, key });
      expect(err).toBe('');
      expect(status).toBe(0);
      return JSON.parse(out) as T;
    },
  };
}
