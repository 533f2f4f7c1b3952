import { access, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Cell } from './bench.js';
import { lossDifference, peersOf, timedGap, timeOf, usualGap } from './engines/figures.js';
import { type StepOrder, type StepTimes, stepTimes } from './engines/order.js';
import { shapes as randomModels, writeModel } from './engines/shapes.js';
import { asked, askedCount } from './support/asked.js';
import { galoreBeside } from './support/galore.js';
import { absent, enginesFolder, modelsFolder, python } from './support/torch.js';

const engineNames = ['wasm', 'tensorflow', 'torch'] as const;
const threadCounts = ['1', '2'] as const;
/** Fewer steps say as much of a training that takes minutes: each row names those that it was timed by. */
const rounds = askedCount('RANKFORGE_BENCH_ROUNDS', { usual: 3 });
/** The most steps of a training, those to warm up included, of which there are three. */
const mostSteps = askedCount('RANKFORGE_BENCH_STEPS', { usual: 90, least: 5 });
const rank = 8;

interface Subject extends Pick<StepOrder, 'objective' | 'batch' | 'sequence' | 'steps'> {
  name: string;
  /** Writes or finds its base model, and says where; undefined where it is not installed. */
  base(folder: string): Promise<string | undefined>;
}

const installed = (name: string) => async () => {
  const path = join(modelsFolder, name);
  return access(path).then(
    () => path,
    () => undefined,
  );
};
const published = { sequence: 64, steps: 8 } as const;
const subjects: readonly Subject[] = [
  ...randomModels.map((shape) => ({
    ...shape,
    objective: 'language-modelling' as const,
    base: (folder: string) => writeModel(shape, folder),
  })),
  { ...published, name: 'minilm-l6, 16 x 64', objective: 'classification', batch: 16, base: installed('minilm-l6') },
  {
    ...published,
    name: 'smollm2-135m-instruct, 4 x 64',
    objective: 'language-modelling',
    batch: 4,
    base: installed('smollm2-135m-instruct'),
  },
];

/** Words of which each is in the names of the model and the way that are measured, such as "width 128, lora". Default: all. */
const wanted = (process.env.RANKFORGE_BENCH_ONLY ?? '').split(',').filter(Boolean);

interface Way extends Pick<StepOrder, 'options'> {
  name: string;
  /** Engines that it is timed on. Default: all. */
  engines?: readonly StepOrder['engine'][];
}

/** Ways that train the same values, which are timed in turn. */
interface Family extends Pick<StepOrder, 'method' | 'optimizer'> {
  ways: readonly Way[];
}

const families: readonly Family[] = [
  {
    method: 'lora',
    optimizer: 'adamw',
    ways: [
      { name: 'lora' },
      // Torch multiplies in the type that a base is held in: it has no base in bfloat16 with products in float32.
      { name: 'lora + bfloat16 base', options: { baseDtype: 'bfloat16' }, engines: ['tensorflow'] },
      {
        name: 'lora + products in bfloat16',
        options: { computeDtype: 'bfloat16' },
        engines: ['tensorflow', 'torch'],
      },
      {
        name: 'lora + bfloat16 base + products in bfloat16',
        options: { baseDtype: 'bfloat16', computeDtype: 'bfloat16' },
        engines: ['tensorflow', 'torch'],
      },
    ],
  },
  { method: 'dora', optimizer: 'adamw', ways: [{ name: 'dora' }] },
  { method: 'full-ft', optimizer: 'adamw', ways: [{ name: 'full-ft' }] },
  { method: 'full-ft', optimizer: 'galore', ways: [{ name: 'galore' }] },
];

/** Two threads or as many as there are cores. */
const runners = [
  { engine: 'wasm', threads: 1 },
  ...[1, 2].flatMap((threads) => [{ engine: 'tensorflow', threads } as const, { engine: 'torch', threads } as const]),
] as const satisfies readonly Pick<StepOrder, 'engine' | 'threads'>[];

const bench: Bench = {
  title: 'A training step on each engine, beside torch and peft',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'rankforge-bench-engines-'));
    try {
      const present = await whatIsThere();
      const rows: Cell[][] = [];
      const differences: string[] = [];
      const left = new Set(present.reasons);
      for (const subject of subjects) {
        const chosen = families.map((family) => ({
          ...family,
          ways: family.ways.filter((way) => isWanted(subject, way.name)),
        }));
        if (chosen.every(({ ways }) => ways.length === 0)) continue;
        const base = await subject.base(folder);
        if (base === undefined) {
          left.add(`${subject.name}: it is not in ${modelsFolder} (\`npm run bases:real\`).`);
          continue;
        }
        for (const family of chosen) {
          const figures = await measured(subject, family, base, present);
          rows.push(...figures.rows);
          differences.push(...figures.differences);
        }
      }
      return {
        columns: [
          'model and batch',
          'way',
          'engine',
          'threads',
          'cpu ms',
          'of torch',
          'of torch float32',
          'wall ms',
          'of torch',
          'of torch float32',
          'first loss',
          'products, %',
          'refresh, cpu ms',
          'steps',
        ],
        rows,
        notes: [
          `Medians of ${rounds} round(s) of all engines and numbers in turn, without the first third of the steps, three at the least; steps: how many were timed. Rank ${rank}, queries and values, float32 but where a way says otherwise, the same batch.`,
          'Of torch: the time over that of torch with as many threads, in the same way; of torch float32: over that of torch with nothing in bfloat16. Products: the time that the matrix products of a step take by themselves, over that of the step.',
          'Products in bfloat16 are autocast in torch, which casts those of attention, adapters and logits too; here only those with frozen kernels are.',
          `GaLore in torch is AdamW of galore-torch. A refresh: a step in which the subspaces of all kernels are found anew; of ${usualGap} steps, as the paper leaves between two, the times count one.`,
          ...left,
        ],
        differences,
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
export default bench;

interface Present {
  engines: readonly StepOrder['engine'][];
  /** Folder of packages for torch; undefined where it has no GaLore. */
  galore: string | undefined;
  /** Why what is not there was left out. */
  reasons: readonly string[];
}

/** The engines and threads that were asked for and can be timed on this machine. */
async function whatIsThere(): Promise<Present> {
  const engines = asked('RANKFORGE_BENCH_ENGINE', engineNames);
  const reasons = new Map<string, string>();
  for (const name of engines) {
    const reason = name === 'wasm' ? undefined : await absent(name);
    if (reason !== undefined) reasons.set(name, reason);
  }
  const there = engines.filter((name) => !reasons.has(name));
  const galore =
    there.includes('torch') && subjects.some((subject) => isWanted(subject, 'galore'))
      ? await galoreBeside(python)
      : undefined;
  if (galore && 'absent' in galore) reasons.set('galore', galore.absent);
  return {
    engines: there,
    galore: galore && 'path' in galore ? galore.path : undefined,
    reasons: [...reasons.values()],
  };
}

const isWanted = (subject: Subject, way: string) =>
  wanted.every((word) => `${subject.name}, ${way}`.includes(word.trim()));

async function measured(
  { name, objective, batch, sequence, ...subject }: Subject,
  { method, optimizer, ways }: Family,
  folder: string,
  { engines, galore }: Present,
): Promise<{ rows: Cell[][]; differences: string[] }> {
  const steps = Math.min(subject.steps, mostSteps);
  const projects = optimizer === 'galore';
  const threadsAsked = asked('RANKFORGE_BENCH_THREADS', threadCounts).map(Number);
  const contenders = ways.flatMap((way) =>
    runners
      .filter(
        ({ engine, threads }) =>
          engines.includes(engine) &&
          (way.engines?.includes(engine) ?? true) &&
          threadsAsked.includes(threads) &&
          threads <= availableParallelism() &&
          !(engine === 'torch' && projects && galore === undefined),
      )
      .map((runner) => ({ ...runner, way: way.name, options: way.options, runs: [] as StepTimes[] })),
  );
  const projection = projects ? { gap: timedGap(steps), scale: 0.25 } : undefined;
  const work = { folder, objective, batch, sequence, steps, method, optimizer, projection, rank, enginesFolder };
  for (let round = 0; round < rounds; round++) {
    for (const { way, runs, ...runner } of contenders) {
      const products = round === 0 && runner.engine !== 'torch' && runner.options === undefined;
      const environment = galore === undefined ? {} : { PYTHONPATH: galore };
      console.error(`rankforge: ${name}, ${way} on ${runner.engine}, ${runner.threads} thread(s), round ${round + 1}`);
      runs.push(await stepTimes({ ...work, ...runner, products }, environment, python));
    }
  }
  const timed = contenders.map((contender) => ({ ...contender, time: timeOf(contender.runs, projection?.gap) }));
  const firstLoss = ({ runs }: { runs: readonly StepTimes[] }) => runs[0]?.losses[0] as number;
  const differences: string[] = [];
  const rows = timed.map((one): Cell[] => {
    const { alike, float32 } = peersOf(one, timed);
    const over = (of: 'cpu' | 'wall') =>
      [alike, float32].map((peer) => (peer === undefined ? null : one.time[of] / peer.time[of]));
    if (float32) {
      const what = `${name}, ${one.way} on ${one.engine}`;
      const difference = lossDifference(what, { ...one, objective }, firstLoss(one), firstLoss(float32));
      if (difference !== undefined) differences.push(difference);
    }
    const products = one.runs[0]?.productsMs;
    return [
      name,
      one.way,
      one.engine,
      one.threads,
      one.time.cpu,
      ...over('cpu'),
      one.time.wall,
      ...over('wall'),
      firstLoss(one).toFixed(5),
      products === undefined ? null : (100 * products) / one.time.wall,
      one.time.refresh ?? null,
      one.time.steps,
    ];
  });
  return { rows, differences };
}
