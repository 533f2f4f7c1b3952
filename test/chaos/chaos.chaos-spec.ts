import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTorch } from '../support/engines.js';
import { casesOf, onlyInFull } from '../support/full.js';
import { waitFor } from '../support/wait-for.js';
import { clockEnvironment, findFaketime, setClock } from './clock.js';
import { differences } from './differences.js';
import { leftOutOf } from './machine.js';
import { readOptions } from './options.js';
import { type Ended, Program } from './program.js';
import { asMarkdown, type ChaosReport } from './report.js';
import { faultKindNames, faultKinds, faultsOf } from './schedule.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'rankforge-chaos-spec-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

describe('a schedule of faults', () => {
  const options = { seed: 5, faults: 100, workers: 3, longestSeconds: 60 };

  it('is the same for the same seed, and another for another', () => {
    expect(faultsOf(options)).toEqual(faultsOf(options));
    expect(faultsOf({ ...options, seed: 6 })).not.toEqual(faultsOf(options));
  });

  it('has every kind as often as any other, spread over the sweep and its workers', () => {
    const faults = faultsOf(options);
    const counts = faultKindNames.map((kind) => faults.filter((fault) => fault.kind === kind).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(100);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(faults.map(({ at }) => at)).toEqual(faults.map(({ at }) => at).sort((a, b) => a - b));
    expect(faults.at(-1)!.at).toBeLessThan(0.9);
    const workers = faults.filter(({ kind }) => faultKinds[kind].scope === 'worker').map(({ target }) => target);
    expect([...new Set(workers)].sort()).toEqual(['worker-1', 'worker-2', 'worker-3']);
  });

  it('heals within the time that is given, and not before the kind allows', () => {
    for (const { kind, healAfterMs } of faultsOf({ ...options, longestSeconds: 12 })) {
      expect(healAfterMs).toBeLessThanOrEqual(12_000);
      expect(healAfterMs).toBeGreaterThanOrEqual(faultKinds[kind].length[0] * 1000);
    }
  });

  it('leaves out what the machine cannot do', () => {
    const left = leftOutOf(
      { namespaces: { missing: 'root is needed' }, faketime: { missing: 'none' } },
      { torch: false },
    );
    expect(left.map(({ kind }) => kind)).toEqual(['kill-runner', 'clock-jump', 'disk-full']);
    const kinds = faultKindNames.filter((kind) => !left.some((out) => out.kind === kind));
    expect(faultsOf({ ...options, kinds }).some(({ kind }) => kind === 'disk-full')).toBe(false);
  });
});

it('two results differ where a bit differs', () => {
  const found = { loss: [1, 2.0000000000000004], state: 'FAILED' };
  expect(differences({ loss: [1, 2], state: 'FAILED', reason: null }, found)).toEqual([
    'loss.1: 2 → 2.0000000000000004',
    'reason: null → nothing',
  ]);
});

it('an option that is no number is named', () => {
  expect(() => readOptions(['--faults', 'many'])).toThrow('--faults is "many": expected a whole number');
});

describe('faults of every kind', () => {
  it('leave every result as it is without them', async () => {
    const twenty = Array.from({ length: 20 }, (_, index) => index);
    const count = casesOf('faults of chaos', twenty, twenty.slice(0, faultKindNames.length)).length;
    const args = ['--seed', '1', '--faults', `${count}`, '--trials', '24', '--longest', '12', '--out', out];
    const { status, output } = await run(process.execPath, [join(root, 'scripts/chaos.mjs'), ...args]);
    expect(status, output).toBe(0);
    const report = JSON.parse(await readFile(join(out, 'chaos-1.json'), 'utf8')) as ChaosReport;
    for (const { kind, why } of report.leftOut) console.log(`${kind} was left out: ${why}`);
    expect(report.problems).toEqual([]);
    expect(report.faults).toHaveLength(count);
    expect(report.trials).toEqual({ total: 36, byState: { SUCCEEDED: 36 } });
    const ended = [{ program: 'worker-1', how: 'exit 1', lastLines: ['begins', 'why it ended'] }];
    expect(asMarkdown({ ...report, endedByThemselves: ended })).toContain(
      'worker-1 (exit 1)\n  - worker-1 logged last:\n    ```\n    begins\n    why it ended\n    ```\n',
    );
    // Faults that hit nothing would prove nothing.
    expect(report.attempts.total).toBeGreaterThan(36);
    const struck = new Set(report.faults.map(({ kind }) => kind));
    expect([...struck].sort()).toEqual(
      faultKindNames.filter((kind) => !report.leftOut.some((left) => left.kind === kind)).sort(),
    );
  });
});

describe.runIf(hasTorch && onlyInFull('faults of trainings by torch'))('faults of trainings by torch', () => {
  it('leave every result as it is without them, its runner killed among them', async () => {
    const args = ['--torch', '--seed', '3', '--faults', '14', '--trials', '8', '--longest', '12', '--out', out];
    const { status, output } = await run(process.execPath, [join(root, 'scripts/chaos.mjs'), ...args]);
    expect(status, output).toBe(0);
    const report = JSON.parse(await readFile(join(out, 'chaos-3.json'), 'utf8')) as ChaosReport;
    expect(report.problems).toEqual([]);
    expect(report.trials).toEqual({ total: 12, byState: { SUCCEEDED: 12 } });
    expect(report.faults.map(({ kind }) => kind)).toContain('kill-runner');
  });
});

describe('a program', () => {
  const ended: Ended[] = [];
  const programOf = (name: string, code: string, env: NodeJS.ProcessEnv = {}) =>
    new Program(
      {
        name,
        command: [process.execPath, '-e', code],
        env: { ...process.env, ...env },
        cwd: out,
        logFile: join(out, `${name}.log`),
      },
      (each) => ended.push(each),
    );
  const log = (name: string) => readFile(join(out, `${name}.log`), 'utf8');

  it('is named with its last log lines, and started again, when it ends by itself', async () => {
    const program = programOf('fails', "console.log('begins'); setTimeout(() => { throw new Error('why it ended'); })");
    await program.start();
    await waitFor('it to end twice', () => ended.length > 1);
    await program.kill();
    expect(ended[0]).toMatchObject({ program: 'fails', how: 'exit 1' });
    expect(ended[0]!.lastLines.join('\n')).toContain('Error: why it ended');
  });

  it('outlives a thousand clock jumps while it reads the clock all the time', async ({ skip }) => {
    // The faults, which come first, install it where they may.
    const library = findFaketime() ?? skip('there is no libfaketime here, and it could not be installed');
    ended.length = 0;
    const clock = join(out, 'clock');
    await setClock(clock, 0);
    const code = `console.log('begins'); for (let told = false; ; ) {
      if (!told && Date.now() > ${Date.now() + 1_800_000}) { told = true; console.log('an hour later'); }
    }`;
    const program = programOf('looks', code, clockEnvironment(library, clock));
    await program.start();
    await waitFor('it to begin', async () => (await log('looks')).includes('begins'));
    for (let jump = 0; jump < 1000; jump++) await setClock(clock, jump % 2 === 0 ? 3600 : 0);
    await setClock(clock, 3600);
    await waitFor('it to see the hour', async () => (await log('looks')).includes('an hour later'));
    await program.kill();
    expect(ended).toEqual([]);
  });
});

function run(command: string, args: string[]): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        output += data.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
