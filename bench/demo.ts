import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Seconds of `npm run demo -- --once` in a folder of its own. */
async function seconds(home: string): Promise<number> {
  const started = performance.now();
  const { DATABASE_URL, REDIS_URL, ...env } = process.env;
  const child = spawn('npm', ['run', '--silent', 'demo', '--', '--once'], {
    cwd: root,
    env: { ...env, RANKFORGE_HOME: home },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (code !== 0) throw new Error(`npm run demo -- --once ended with status ${code}`);
  return (performance.now() - started) / 1000;
}

const bench: Bench = {
  title: 'Wall time of the demo after the install, s',
  async run() {
    const home = await mkdtemp(join(tmpdir(), 'rankforge-demo-'));
    try {
      const first = await seconds(home);
      const second = await seconds(home);
      return {
        columns: ['start', 's'],
        rows: [
          ['first: servers made, sweep trained', first],
          ['second: everything is known', second],
        ],
        notes: ['npm run demo -- --once, packages installed and compiled.'],
      };
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  },
};
export default bench;
