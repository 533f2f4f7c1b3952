import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateSweepInput } from '@rankforge/contracts';
import { type Bench, type Cell, percentile } from './bench.js';
import { type BenchApi, withApi } from './support/platform.js';
import { withServers } from './support/servers.js';

/** Trials of the largest sweep: 1,000, 10,000 or 100,000. */
const largest = Number(process.env.RANKFORGE_BENCH_TRIALS ?? 100_000);
const sizes = [1000, 10_000, 100_000].filter((size) => size <= largest);
const repeats = 20;
const fitsNone = 0.1;
const fitsAll = 4096;

/**
 * @param budgetMiB where none fits it, what is left is the planner's work; `round` makes another sweep of the same size
 */
function sweepOf(trials: number, budgetMiB: number, round = 0): CreateSweepInput {
  const ranks = 10;
  const seeds = 10;
  const rates = trials / ranks / seeds;
  return {
    name: `bench ${trials}`,
    task: 'moby-dick',
    base: 'nano-sotu',
    methods: [{ name: 'lora', config: { alpha: Array.from({ length: Math.ceil(rates / 250) }, (_, i) => i + 1) } }],
    rank: Array.from({ length: ranks }, (_, index) => index + 1),
    learningRate: Array.from({ length: Math.min(rates, 250) }, (_, index) => 0.001 + index / 1e6),
    memoryBudgetMiB: [budgetMiB + round / 1000],
    seed: Array.from({ length: seeds }, (_, seed) => seed),
    training: { steps: 1 },
    reuse: false,
  };
}

interface Round {
  answered: number;
  expanded: number;
}

async function expand({ db, submit }: BenchApi, sweep: CreateSweepInput) {
  const started = performance.now();
  const id = await submit(sweep);
  const answered = performance.now() - started;
  while (!(await db.sweep.findUniqueOrThrow({ where: { id }, select: { exhausted: true } })).exhausted) await sleep(20);
  return { id, answered, expanded: performance.now() - started };
}

/** Milliseconds until an answer is read whole. @throws Error with the answer when it is a refusal */
async function ask({ url, secret }: BenchApi, path: string, method = 'GET'): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${url}/v1${path}`, { method, headers: { authorization: `Bearer ${secret}` } });
  const body = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status} ${body}`);
  return performance.now() - started;
}

/** Middle of so many requests, one after the other. */
async function median(api: BenchApi, path: string): Promise<number> {
  const samples: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) samples.push(await ask(api, path));
  return percentile(samples, 0.5);
}

/** The most memory that a process has held so far, in MiB; null where there is no /proc. */
async function peakMiB(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const found = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return found === undefined ? null : Number(found) / 1024;
}

/** What a person does with a sweep of that size: its first page, a filter that finds trials, one that finds none, its end. */
async function handle(api: BenchApi, sweepId: string): Promise<string[]> {
  const trials = `/trials?sweepId=${sweepId}&limit=500`;
  const shown = async (what: string, path: string) => `${what} ${(await median(api, path)).toFixed(1)} ms`;
  const requests = [
    await shown('the sweep', `/sweeps/${sweepId}`),
    await shown('500 of its trials', trials),
    await shown('500 by rank and seed', `${trials}&rank=7&seed=3`),
    await shown('those that failed, of which there are none', `${trials}&state=FAILED`),
  ];
  // What fits waits for a worker, of which there is none, and the planner makes no more than a window of it.
  const waiting = await api.submit(sweepOf(sizes.at(-1)!, fitsAll));
  const queued = () => api.db.trial.count({ where: { sweepId: waiting, state: 'QUEUED' } });
  for (let before = -1, now = await queued(); now !== before; now = await queued()) {
    before = now;
    await sleep(1000);
  }
  const cancelled = await ask(api, `/sweeps/${waiting}/cancel`, 'POST');
  const ended = await api.db.trial.count({ where: { sweepId: waiting, state: 'CANCELLED' } });
  return [
    `Of the largest, the middle of ${repeats} requests: ${requests.join('; ')}.`,
    `Cancelling one of that size, ${ended} trials of which had rows and waited: ${cancelled.toFixed(0)} ms.`,
  ];
}

const bench: Bench = {
  title:
    'Creating the trials of one sweep: POST answered, ms a trial until the last one has its row, and memory of the API',
  run: () =>
    withServers((servers) =>
      withApi(servers, async (api) => {
        await expand(api, sweepOf(1000, fitsNone)); // warm
        const rows: Cell[][] = [];
        let baseline = 0;
        let last = '';
        for (const [index, size] of sizes.entries()) {
          const rounds: Round[] = [];
          for (let repeat = 0; repeat < Math.max(1, Math.round(20_000 / size)); repeat++) {
            const round = await expand(api, sweepOf(size, fitsNone, index * 100 + repeat + 1));
            const made = await api.db.trial.count({ where: { sweepId: round.id } });
            if (made !== size) throw new Error(`${made} trials were made, ${size} were asked for`);
            rounds.push(round);
            last = round.id;
          }
          const mean = (pick: (round: Round) => number) =>
            rounds.reduce((sum, one) => sum + pick(one), 0) / rounds.length;
          const [answered, expanded] = [mean((round) => round.answered), mean((round) => round.expanded)];
          const each = expanded / size;
          if (index === 0) baseline = each;
          rows.push([size, answered, expanded, each, each / baseline, await peakMiB(api.pid)]);
        }
        return {
          columns: [
            'trials',
            'POST, ms',
            'all rows, ms',
            'ms a trial',
            'ratio to the smallest',
            'API at peak so far, MiB',
          ],
          rows,
          notes: [
            'No trial fits its budget, and there is no worker; keys, rows, events and the placement lock are as ever.',
            ...(await handle(api, last)),
          ],
        };
      }),
    ),
};
export default bench;
