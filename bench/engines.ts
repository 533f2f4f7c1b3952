import { access, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, type Cell, percentile } from './bench.js';
import { type StepOrder, type StepTimes, stepTimes } from './engines/order.js';
import { shapes as randomModels, writeModel } from './engines/shapes.js';
import { absent, enginesFolder, modelsFolder, python } from './support/torch.js';

const rounds = 3;
/** Steps of a training that are left out: a program that compiles itself as it runs is slower in its first. */
const warmUp = (steps: number) => Math.max(3, Math.floor(steps / 3));
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

interface Way extends Pick<StepOrder, 'method' | 'optimizer' | 'options'> {
  name: string;
  /** Engines that it is timed on. Default: all. */
  engines?: readonly StepOrder['engine'][];
}

const halved = { method: 'lora', optimizer: 'adamw', engines: ['tensorflow'] } as const;

const ways: readonly Way[] = [
  { name: 'lora', method: 'lora', optimizer: 'adamw' },
  { ...halved, name: 'lora + bfloat16 base', options: { baseDtype: 'bfloat16' } },
  { ...halved, name: 'lora + products in bfloat16', options: { computeDtype: 'bfloat16' } },
  {
    ...halved,
    name: 'lora + bfloat16 base + products in bfloat16',
    options: { baseDtype: 'bfloat16', computeDtype: 'bfloat16' },
  },
  { name: 'dora', method: 'dora', optimizer: 'adamw' },
  { name: 'full-ft', method: 'full-ft', optimizer: 'adamw' },
  { name: 'galore', method: 'full-ft', optimizer: 'galore' },
];

/** Two threads or as many as there are cores; torch has no GaLore of its own. */
const runners = [
  { engine: 'wasm', threads: 1 },
  ...[1, 2].flatMap((threads) => [{ engine: 'tensorflow', threads } as const, { engine: 'torch', threads } as const]),
] as const satisfies readonly Pick<StepOrder, 'engine' | 'threads'>[];

const bench: Bench = {
  title: 'A training step on each engine, beside torch and peft',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'rankforge-bench-engines-'));
    try {
      const reasons = await absences();
      const rows: Cell[][] = [];
      const left = new Set<string>(reasons.values());
      for (const subject of subjects) {
        const chosen = ways.filter((way) =>
          wanted.every((word) => `${subject.name}, ${way.name}`.includes(word.trim())),
        );
        if (chosen.length === 0) continue;
        const base = await subject.base(folder);
        if (base === undefined) left.add(`${subject.name}: it is not in ${modelsFolder} (\`npm run bases:real\`).`);
        else for (const way of chosen) rows.push(...(await measured(subject, way, base, reasons)));
      }
      return {
        columns: [
          'model and batch',
          'way',
          'engine',
          'threads',
          'cpu ms',
          'of torch',
          'wall ms',
          'of torch',
          'first loss',
          'products, %',
        ],
        rows,
        notes: [
          `Medians of ${rounds} rounds of all engines in turn, without the first third of the steps, three at the least; rank ${rank}, queries and values, float32 but where a way says otherwise, the same batch.`,
          'Of torch: the time over that of torch with as many threads. Products: the time that the matrix products of a step take by themselves, over that of the step.',
          ...left,
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
export default bench;

/** Why an engine is left out, by its name. */
async function absences(): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  for (const name of ['tensorflow', 'torch'] as const) {
    const reason = await absent(name);
    if (reason !== undefined) reasons.set(name, reason);
  }
  return reasons;
}

async function measured(
  { name, objective, batch, sequence, steps }: Subject,
  way: Way,
  folder: string,
  reasons: ReadonlyMap<string, string>,
): Promise<Cell[][]> {
  const chosen = runners.filter(
    ({ engine, threads }) =>
      (way.engines?.includes(engine) ?? true) &&
      !reasons.has(engine) &&
      threads <= availableParallelism() &&
      !(engine === 'torch' && way.optimizer !== 'adamw'),
  );
  const { method, optimizer, options } = way;
  const work = { folder, objective, batch, sequence, steps, method, optimizer, options, rank, enginesFolder };
  const times = chosen.map(() => [] as StepTimes[]);
  for (let round = 0; round < rounds; round++) {
    for (const [at, runner] of chosen.entries()) {
      const products = round === 0 && runner.engine !== 'torch' && options === undefined;
      times[at]?.push(await stepTimes({ ...work, ...runner, products }, {}, python));
    }
  }
  const median = (runs: readonly StepTimes[] | undefined, of: 'cpuMs' | 'wallMs') =>
    runs &&
    percentile(
      runs.flatMap((run) => run[of].slice(warmUp(steps))),
      0.5,
    );
  return chosen.map(({ engine, threads }, at) => {
    const own = times[at] as StepTimes[];
    const torch = times[chosen.findIndex((other) => other.engine === 'torch' && other.threads === threads)];
    const [cpu, wall] = [median(own, 'cpuMs') as number, median(own, 'wallMs') as number];
    const over = (ms: number, of: 'cpuMs' | 'wallMs') => (torch ? ms / (median(torch, of) as number) : null);
    const products = own[0]?.productsMs;
    return [
      name,
      way.name,
      engine,
      threads,
      cpu,
      over(cpu, 'cpuMs'),
      wall,
      over(wall, 'wallMs'),
      own[0]?.losses[0]?.toFixed(5) ?? null,
      products === undefined ? null : (100 * products) / wall,
    ];
  });
}
