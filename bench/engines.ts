import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom, exportBase, initialValues, LoadedBase, modelConfigSchema } from '@rankforge/peft';
import { execa } from 'execa';
import { type Bench, type Cell, percentile } from './bench.js';
import type { StepOrder, StepTimes } from './engines/order.js';
import { absent, enginesFolder, modelsFolder, python } from './support/torch.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const rounds = 3;
const warmUp = 3;
const rank = 8;

interface Shape extends Pick<StepOrder, 'objective' | 'batch' | 'sequence' | 'steps'> {
  name: string;
  /** A base model of the models folder; omitted: random weights of `width` and `layers`, in Llama's shape. */
  base?: string;
  width?: number;
  layers?: number;
}

const language = { objective: 'language-modelling', sequence: 64, batch: 8, steps: 12 } as const;
const shapes: readonly Shape[] = [
  { ...language, name: 'width 64, 2 layers, 8 x 64', width: 64, layers: 2 },
  { ...language, name: 'width 128, 4 layers, 8 x 64', width: 128, layers: 4 },
  { ...language, name: 'width 256, 6 layers, 8 x 64', width: 256, layers: 6 },
  { ...language, name: 'width 768, 12 layers, 4 x 128', width: 768, layers: 12, batch: 4, sequence: 128, steps: 6 },
  { ...language, name: 'MiniLM-L6, 16 x 64', base: 'minilm-l6', objective: 'classification', batch: 16, steps: 8 },
  { ...language, name: 'SmolLM2-135M, 4 x 64', base: 'smollm2-135m-instruct', batch: 4, steps: 6 },
];

const methods = [
  { name: 'lora', method: 'lora', optimizer: 'adamw' },
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
      for (const shape of shapes) {
        const base = await baseOf(shape, folder);
        if (base === undefined) left.add(`${shape.name}: no base ${shape.base} in ${modelsFolder}.`);
        else
          for (const each of methods)
            rows.push(...(await measured({ ...shape, ...each, folder: base }, shape, reasons)));
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
          `Medians of ${rounds} rounds of all engines in turn, without ${warmUp} steps to warm up; rank ${rank}, queries and values, float32, the same batch.`,
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

async function baseOf({ base, width, layers, sequence }: Shape, folder: string): Promise<string | undefined> {
  if (base !== undefined) {
    const installed = join(modelsFolder, base);
    return access(installed).then(
      () => installed,
      () => undefined,
    );
  }
  const config = modelConfigSchema.parse({
    architecture: 'llama',
    vocabularySize: 8192,
    contextLength: sequence,
    width,
    layers,
    heads: (width as number) / 32,
    keyHeads: (width as number) / 32,
    headWidth: 32,
    mlpWidth: 4 * (width as number),
    normEpsilon: 1e-5,
    rotary: { base: 10_000, scaling: { kind: 'none' } },
    biases: { projections: false, output: false, mlp: false },
    tied: true,
  });
  const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: {} });
  const made = join(folder, `width-${width}`);
  await mkdir(made, { recursive: true });
  for (const [name, content] of exportBase(model)) await writeFile(join(made, name), content);
  return made;
}

type Work = Omit<StepOrder, 'engine' | 'threads' | 'rank' | 'products'>;

async function measured(
  work: Work & { name: string },
  shape: Shape,
  reasons: ReadonlyMap<string, string>,
): Promise<Cell[][]> {
  const chosen = runners.filter(
    ({ engine, threads }) =>
      !reasons.has(engine) && threads <= availableParallelism() && !(engine === 'torch' && work.optimizer !== 'adamw'),
  );
  const times = chosen.map(() => [] as StepTimes[]);
  for (let round = 0; round < rounds; round++) {
    for (const [at, runner] of chosen.entries()) {
      times[at]?.push(
        await stepsOf({ ...work, ...runner, rank, enginesFolder, products: round === 0 && runner.engine !== 'torch' }),
      );
    }
  }
  const median = (runs: readonly StepTimes[] | undefined, of: 'cpuMs' | 'wallMs') =>
    runs &&
    percentile(
      runs.flatMap((run) => run[of].slice(warmUp)),
      0.5,
    );
  return chosen.map(({ engine, threads }, at) => {
    const own = times[at] as StepTimes[];
    const torch = times[chosen.findIndex((other) => other.engine === 'torch' && other.threads === threads)];
    const [cpu, wall] = [median(own, 'cpuMs') as number, median(own, 'wallMs') as number];
    const over = (ms: number, of: 'cpuMs' | 'wallMs') => (torch ? ms / (median(torch, of) as number) : null);
    const products = own[0]?.productsMs;
    return [
      shape.name,
      work.name,
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

async function stepsOf(order: StepOrder): Promise<StepTimes> {
  const [program, script] =
    order.engine === 'torch'
      ? [python, join(root, 'bench/engines/step_torch.py')]
      : [process.execPath, join(root, 'bench/dist/engines/step.js')];
  const threads = String(order.threads);
  const env = { TF_NUM_INTRAOP_THREADS: threads, TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: threads };
  const { stdout } = await execa(program, [script, JSON.stringify(order)], { env, stderr: 'inherit' });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as StepTimes;
}
