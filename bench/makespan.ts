import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadBaseModel } from '@rankforge/bases';
import type { CreateSweepInput, Leaderboard } from '@rankforge/contracts';
import { judgedBy, type Split } from '@rankforge/peft';
import { rungSteps } from '@rankforge/search';
import { findTask } from '@rankforge/tasks';
import { readSettings, startWorker } from '@rankforge/worker';
import { execa } from 'execa';
import { pino } from 'pino';
import type { Bench, Cell } from './bench.js';
import { asked, askedCount } from './support/asked.js';
import { lostAgainst } from './support/lost-against.js';
import { optunaFor, optunaRelease, withOptunaStorage } from './support/optuna.js';
import { type BenchApi, untilIdle, withApi } from './support/platform.js';
import { withServers } from './support/servers.js';
import { absent, enginesFolder, modelsFolder, python } from './support/torch.js';

const script = fileURLToPath(new URL('../optuna/makespan.py', import.meta.url));

const steps = askedCount('RANKFORGE_BENCH_STEPS', { usual: 100, least: 2 });
const [engine = 'tensorflow'] = asked('RANKFORGE_BENCH_ENGINE', ['tensorflow', 'torch'] as const);
/** Torch trains no base that first values change, and no whole one. */
const comparable = ['lora', 'rslora', 'dora', ...(engine === 'torch' ? [] : ['pissa']), 'ia3'];
const methods = asked('RANKFORGE_BENCH_METHODS', engine === 'torch' ? comparable : [...comparable, 'full-ft']);
const processes = Math.max(1, availableParallelism());
const [task, base, batchSize, sequenceLength, rank] = ['spam-assassin', 'minilm-l6', 16, 64, 8] as const;
const learningRate = [1e-4, 1e-3, 1e-2];
const seed = [0, 1, 2];

const sweep: CreateSweepInput = {
  name: 'makespan',
  task,
  base,
  engine,
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

/** The steps of the first rung, for either side. */
const minSteps = Math.ceil(steps / 5);
const asha = { kind: 'asha', minSteps, reduction: 3, validationExamples } as const;
/** One rung, as Optuna has nothing that keeps what a rung cannot tell apart. */
const pruning = { minSteps, reduction: 5 };

interface Made {
  seconds: number;
  /** Steps that were trained, of all trainings together. */
  steps: number;
  /** Mean test accuracy of what each method chose on validation. */
  scores: Record<string, number>;
}

interface Arm {
  title: string;
  needs: 'tensorflow' | 'torch' | 'torch-runner';
  run(): Promise<Made>;
}

const ours = (how: string, scheduled: Pick<CreateSweepInput, 'scheduler'>): Arm => ({
  title: `Rankforge on ${engine}, ${how}`,
  needs: engine === 'torch' ? 'torch-runner' : engine,
  run: () => runOurs({ ...sweep, ...scheduled }),
});

/** @param rungs steps below a whole training at which a pruner judges */
const theirs = (how: string, rungs: readonly number[]): Arm => ({
  title: `Optuna, torch and peft, ${how}`,
  needs: 'torch',
  run: () => withOptunaStorage((address) => runTheirs(address, rungs)),
});

/**
 * Either side trains every cell whole, or tries each rate for a fifth of the steps by every seed, or by one, and judges it by a quarter
 * of validation. By Optuna the best rate of a method goes on with every seed; here those that the rung cannot tell from it go on to three
 * fifths of the steps, with the rate next to it, and what is best there with every seed. Optuna's pruner judges trials, not what several
 * seeds tried, so it has no counterpart of `asha`.
 */
const arms = {
  grid: ours('grid', {}),
  asha: ours('asha', { scheduler: asha }),
  'asha-one-seed': ours('asha-one-seed', { scheduler: { ...asha, rungSeeds: 1 } }),
  'optuna-grid': theirs('grid', []),
  'optuna-pruned': theirs('pruned', rungSteps({ ...pruning, maxSteps: steps }).slice(0, -1)),
} satisfies Record<string, Arm>;
type ArmName = keyof typeof arms;
const isTheirs = (name: ArmName) => arms[name].needs === 'torch';

const bench: Bench = {
  title: `${methods.length} methods x ${learningRate.length} rates x ${seed.length} seeds x ${steps} steps of MiniLM to the complete board`,
  async run() {
    const names = asked('RANKFORGE_BENCH_ONLY', Object.keys(arms) as ArmName[]);
    const needed = new Set(['minilm', ...names.map((name) => arms[name].needs)] as const);
    const missing = (await Promise.all([...needed].map(absent))).filter((why) => why !== undefined);
    if (missing.length > 0) return { columns: [''], rows: [], notes: missing };
    const made = new Map<ArmName, Made>();
    for (const name of names) {
      console.error(`rankforge: ${name} begins`);
      made.set(name, await arms[name].run());
    }
    const unfair = new Map(names.map((name) => [name, notComparable(made, name)]));
    const timed = names.filter((name) => unfair.get(name) === undefined);
    const peers = timed.filter(isTheirs);
    const accuracy = (value: number | undefined) => value?.toFixed(4) ?? null;
    const row = ([name, { seconds, steps, scores }]: [ArmName, Made]): Cell[] => {
      const [best, value] = Object.entries(scores).sort(([, a], [, b]) => b - a)[0] as [string, number];
      const isTimed = timed.includes(name);
      return [
        arms[name].title,
        isTimed ? seconds : null,
        ...peers.map((peer) => (isTimed ? seconds / (made.get(peer) as Made).seconds : null)),
        steps,
        best,
        accuracy(value),
        ...methods.map((method) => accuracy(scores[method])),
      ];
    };
    return {
      columns: ['', 's', ...peers.map((peer) => `of ${peer}`), 'steps', 'best method', 'test accuracy', ...methods],
      rows: [...made].map(row),
      notes: [
        ...[...unfair].flatMap(([name, why]) => (why === undefined ? [] : [`${name} has no comparable time: ${why}.`])),
        `${task} on ${base}, batch ${batchSize} x ${sequenceLength}, rank ${rank}, queries and values, AdamW; rates ${learningRate.join(', ')}.`,
        'Steps: those that were trained, all trainings together. Every whole training is scored on all of validation, and what each method chose on the test split; under its name stands the mean test accuracy of its seeds.',
        ...(names.every(isTheirs) ? [] : [`Rankforge: from POST to the last score, one worker of ${processes} slots.`]),
        ...(names.filter(isTheirs).length === 0
          ? []
          : [
              `Optuna: ${await optunaRelease()}, ${processes} processes, each with its model loaded once and ${Math.max(1, Math.floor(availableParallelism() / processes))} thread(s).`,
            ]),
        ...(names.includes('optuna-pruned')
          ? [
              `Pruned: SuccessiveHalvingPruner, a study a method, rates tried by one seed to ${minSteps} steps and judged by the ${validationExamples} validation examples of asha-one-seed; the best goes on from its checkpoint with every seed, which Optuna has no call for: the bench queues it.`,
            ]
          : []),
      ],
    };
  },
};
export default bench;

/** Why the time of an arm says nothing beside others; undefined where each method scores what the whole grid would have chosen. */
function notComparable(made: ReadonlyMap<ArmName, Made>, name: ArmName): string | undefined {
  const grids: ArmName[] = isTheirs(name) ? ['optuna-grid', 'grid'] : ['grid', 'optuna-grid'];
  const grid = grids.find((each) => made.has(each));
  if (grid === undefined) return 'no grid ran beside it, which says what each method can score';
  const lost = lostAgainst((made.get(grid) as Made).scores, (made.get(name) as Made).scores);
  return lost.length === 0 ? undefined : `${lost.join(', ')}, by what ${grid} chose`;
}

function runOurs(sweep: CreateSweepInput): Promise<Made> {
  return withServers((servers) =>
    withApi(servers, async ({ db, url, secret, submit }, environment) => {
      const data = join(servers.directory, 'data');
      await mkdir(data, { recursive: true });
      await symlink(enginesFolder, join(data, 'engines'));
      const own = { RANKFORGE_ENGINES: engine, RANKFORGE_WORKER_SLOTS: String(processes) };
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
          steps: await stepsTrained(db),
          scores: Object.fromEntries(scores.filter((each): each is [string, number] => each[1] !== null)),
        };
      } finally {
        await worker.drain();
      }
    }),
  );
}

/** Steps of all trainings; one that went on from another begins where that ended. */
async function stepsTrained(db: BenchApi['db']): Promise<number> {
  const trainings = await db.trial.findMany({
    where: { kind: 'train' },
    select: { step: true, continues: { select: { step: true } } },
  });
  return trainings.reduce((sum, { step, continues }) => sum + step - (continues?.step ?? 0), 0);
}

function runTheirs(address: string, rungs: readonly number[]): Promise<Made> {
  return withServers(async ({ directory }) => {
    const { tokenizer } = await loadBaseModel(join(modelsFolder, base));
    const data = await findTask(task)?.load({ ...tokenizer, sequenceLength });
    if (!data) throw new Error(`there is no task ${task}`);
    const rung = judgedBy(data, validationExamples).validation;
    const splits = { train: data.train, validation: data.validation, test: data.test, rung };
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
      rungs,
      reduction: pruning.reduction,
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
