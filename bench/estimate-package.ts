import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Bench, type Cell, percentile } from './bench.js';

const script = fileURLToPath(new URL('../../scripts/pack-estimate.mjs', import.meta.url));
const asked = ['meta-llama/Llama-3.1-8B', '--profile', 'torch', '--method', 'lora', '--dtype', 'nf4', '--gpu'];
const repetitions = 7;

const bench: Bench = {
  title: 'The estimate as a package: seconds of the first answer and of later ones',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'rankforge-bench-estimate-'));
    try {
      const packed = await execa(process.execPath, [script, folder, '--wheel']);
      const [tarball, wheel] = packed.stdout.split('\n') as [string, string];
      const args = [...asked, 'rtx-4090'];
      const npx = ['--yes', '--package', tarball, 'rankforge-estimate', ...args];
      const npm = { cwd: folder, env: { npm_config_cache: join(folder, 'cache') } };
      const python = join(folder, 'python');
      const rows: Cell[][] = [
        await timed('npx', tarball, () => execa('npx', npx, npm)),
        await timed('pip, then the command', wheel, async (isFirst) => {
          if (isFirst) {
            await execa('python3', ['-m', 'venv', python]);
            await execa(join(python, 'bin/pip'), ['install', '--quiet', '--no-cache-dir', wheel]);
          }
          await execa(join(python, 'bin/rankforge-estimate'), args);
        }),
      ];
      return {
        columns: ['by', 'KiB packed', 'first, with the install (s)', 'later, median (s)'],
        rows,
        notes: [
          `Later: of ${repetitions}. The packages lie on the disk; pip fetches Node.js from PyPI, and npx has that of the machine.`,
        ],
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
export default bench;

async function timed(name: string, file: string, answer: (isFirst: boolean) => Promise<unknown>): Promise<Cell[]> {
  const seconds: number[] = [];
  for (let run = 0; run <= repetitions; run++) {
    const started = performance.now();
    await answer(run === 0);
    seconds.push((performance.now() - started) / 1000);
  }
  const [first, ...later] = seconds;
  return [name, Math.round((await stat(file)).size / 1024), first!, percentile(later, 0.5)];
}
