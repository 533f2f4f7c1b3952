import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadBaseModel } from '@rankforge/bases';
import type { CreateSweepInput, Leaderboard } from '@rankforge/contracts';
import type { Split } from '@rankforge/peft';
import { findTask } from '@rankforge/tasks';
import { readSettings, startWorker } from '@rankforge/worker';
import { execa } from 'execa';
import { pino } from 'pino';
import type { Bench, Cell } from './bench.js';
import { optunaFor, optunaRelease, withOptunaStorage } from './support/optuna.js';
import { untilIdle, withApi } from './support/platform.js';
import { withServers } from './support/servers.js';
import { absent, enginesFolder, modelsFolder, python } from './support/torch.js';

const script = fileURLToPath(new URL('../optuna/makespan.py', import.meta.url));

const steps = Number(process.env.RANKFORGE_BENCH_STEPS ?? 100);
const processes = Math.max(1, availableParallelism());
const [task, base, batchSize, sequenceLength, rank] = ['spam-assassin', 'minilm-l6', 16, 64, 8] as const;
const methods = ['lora', 'rslora', 'dora', 'pissa', 'ia3', 'full-ft'];
const learningRate = [1e-4, 1e-3, 1e-2];
const seed = [0, 1, 2];

const sweep: CreateSweepInput = {
  name: 'makespan',
  task,
  base,
  engine: 'tensorflow',
  methods: methods.map((name) => ({ name })),
  rank: [rank],
  memoryBudgetMiB: [4096],
  learningRate,
  seed,
  training: { steps, batchSize, sequenceLength },
  objective: { metric: 'accuracy', direction: 'maximize' },
  reuse: false,
};

/** About a quarter of the validation split. */
const validationExamples = 132;

const asha = { kind: 'asha', minSteps: Math.ceil(steps / 5), reduction: 5, validationExamples } as const;

/**
 * Ways of ours: every training whole, or each rate tried for a fifth of the steps by every seed, or by one, and judged by a quarter of
 * validation, of which the best of a method goes on with every seed.
 */
const ways: Record<string, Pick<CreateSweepInput, 'scheduler'>> = {
  grid: {},
  asha: { scheduler: asha },
  'asha-one-seed': { scheduler: { ...asha, rungSeeds: 1 } },
};
const only = process.env.RANKFORGE_BENCH_ONLY;
const asked = Object.entries(ways).filter(([way]) => only === undefined || only === way);

interface Made {
  seconds: number;
  /** Mean test accuracy of what each method chose on validation. */
  scores: Record<string, number>;
}

const bench: Bench = {
  title: `${methods.length} methods x ${learningRate.length} rates x ${seed.length} seeds x ${steps} steps of MiniLM to the complete board`,
  async run() {
    const missing = (await Promise.all([absent('tensorflow'), absent('minilm'), absent('torch')])).filter(
      (why) => why !== undefined,
    );
    if (missing.length > 0) return { columns: [''], rows: [], notes: missing };
    const theirs = await withOptunaStorage(runTheirs);
    const ours: [string, Made][] = [];
    for (const [way, scheduled] of asked) {
      console.error(`rankforge: ours by ${way}, after ${Math.round(theirs.seconds)} s of theirs`);
      ours.push([way, await runOurs({ ...sweep, ...scheduled })]);
    }
    const row = (what: string, { seconds, scores }: Made): Cell[] => {
      const [best, value] = Object.entries(scores).sort(([, a], [, b]) => b - a)[0] as [string, number];
      return [what, seconds, seconds / theirs.seconds, best, value];
    };
    return {
      columns: ['', 's', 'of theirs', 'best method', 'test accuracy'],
      rows: [
        ...ours.map(([way, made]) => row(`Rankforge on tensorflow, ${way}`, made)),
        row('Optuna, torch and peft, grid', theirs),
      ],
      notes: [
        `${task} on ${base}, batch ${batchSize} x ${sequenceLength}, rank ${rank}, queries and values, AdamW; rates ${learningRate.join(', ')}.`,
        `Rankforge: from POST to the last score, one worker of ${processes} slots. Theirs: ${await optunaRelease()}, grid, ${processes} processes, each with its model loaded once and ${Math.max(1, Math.floor(availableParallelism() / processes))} thread(s).`,
        `Both score every training on validation, and what each method chose on the test split. Scores: ${methods
          .map(
            (name) =>
              `${name} ${[...ours.map(([, made]) => made), theirs].map(({ scores }) => scores[name]?.toFixed(4)).join(' / ')}`,
          )
          .join(', ')} (${[...ours.map(([way]) => way), 'theirs'].join(' / ')}).`,
      ],
    };
  },
};
export default bench;

function runOurs(sweep: CreateSweepInput): Promise<Made> {
  return withServers((servers) =>
    withApi(servers, async ({ db, url, secret, submit }, environment) => {
      const data = join(servers.directory, 'data');
      await mkdir(data, { recursive: true });
      await symlink(enginesFolder, join(data, 'engines'));
      const own = { RANKFORGE_ENGINES: 'tensorflow', RANKFORGE_WORKER_SLOTS: String(processes) };
      const worker = await startWorker(readSettings({ ...environment, ...own }), pino({ level: 'warn' }));
      try {
        const sent = performance.now();
        const sweepId = await submit(sweep);
        await untilIdle(db, (ended) => console.error(`rankforge: ${ended} trials have ended`));
        const seconds = (performance.now() - sent) / 1000;
        const headers = { authorization: `Bearer ${secret}` };
        const query = new URLSearchParams({ task, base, sweepId, metric: 'accuracy' });
        const response = await fetch(`${url}/v1/leaderboard?${query}`, { headers });
        const board = (await response.json()) as Leaderboard;
        if (!response.ok) throw new Error(`the board was not given: ${response.status} ${JSON.stringify(board)}`);
        const scores = board.rows.map(({ method, score }) => [method, score] as const);
        return {
          seconds,
          scores: Object.fromEntries(scores.filter((each): each is [string, number] => each[1] !== null)),
        };
      } finally {
        await worker.drain();
      }
    }),
  );
}

function runTheirs(address: string): Promise<Made> {
  return withServers(async ({ directory }) => {
    const { tokenizer } = await loadBaseModel(join(modelsFolder, base));
    const data = await findTask(task)?.load({ ...tokenizer, sequenceLength });
    if (!data) throw new Error(`there is no task ${task}`);
    const splits = { train: data.train, validation: data.validation, test: data.test };
    for (const [name, split] of Object.entries(splits)) {
      for (const [part, numbers] of Object.entries(numbersOf(split))) {
        await writeFile(join(directory, `${name}.${part}`), new Uint8Array(numbers.buffer));
      }
    }
    const plan = {
      base: join(modelsFolder, base),
      methods,
      learningRates: learningRate,
      seeds: seed,
      rank,
      steps,
      batch: batchSize,
      classes: data.classes,
      sizes: Object.fromEntries(Object.entries(splits).map(([name, { size }]) => [name, size])),
    };
    await writeFile(join(directory, 'plan.json'), JSON.stringify(plan));
    const env = { PYTHONPATH: await optunaFor(python) };
    const { stdout } = await execa(python, [script, address, directory, String(processes)], { env, stderr: 'inherit' });
    return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Made;
  });
}

/** All examples of a split, as a batch has them. */
function numbersOf(split: Split): Record<'tokens' | 'lengths' | 'classes', Int32Array> {
  const { inputs, lengths, targets } = split.batch(Array.from({ length: split.size }, (_, index) => index));
  return { tokens: inputs, lengths, classes: targets };
}
