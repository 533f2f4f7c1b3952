/** @file Counts and memory that others published, from shapes alone. Sources: bench/published, docs/published-tables.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { readExperiment } from '../src/export/experiment.js';
import { countTrainable } from '../src/memory/predict.js';
import { predictSteady } from '../src/memory/steady.js';
import type { LayerShape } from '../src/method.js';
import { baseParameters } from '../src/models/config.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod, findOptimizer, methods, optimizerNames } from '../src/registry.js';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../bench/published/${name}`, import.meta.url), 'utf8'));

interface Run {
  name: string;
  peft: Record<string, unknown> | null;
  training: { batchSize: number; samples: number; tokens: number; optimizer: string };
  trainableParameters: number;
  totalParameters: number;
  allocatedBytes: number;
}

const runs: Run[] = read('llama-3.2-3b.json').runs;
const model = readModelConfig(read('llama-3.2-3b.config.json'));
const types = new Set(
  methods.flatMap(({ peft, peftConfig, sequence }) => (peft ?? peftConfig ?? sequence?.peft)?.type ?? []),
);
/** Runs of a method and an optimizer of the registry. */
const known = runs.filter(
  ({ peft, training }) =>
    optimizerNames.includes(training.optimizer.toLowerCase()) && (peft === null || types.has(peft.peft_type as string)),
);

it('has the runs of 32 configurations', () => {
  expect(known.length).toBe(32);
});

describe.each(known)('$name', ({ peft, training, trainableParameters, totalParameters, allocatedBytes }) => {
  const own = readExperiment({ model, ...(peft === null ? {} : { config: peft }) });
  const { build, config } = findOptimizer(training.optimizer.toLowerCase());
  const optimizer = build(config.parse({}));
  const trial = { model, method: findMethod(own.method), config: own.config, targets: own.targets, optimizer };

  it('trains as many parameters', () => {
    expect(countTrainable(trial)).toBe(trainableParameters);
  });

  it('holds as many bytes between two steps, to 2 per cent', () => {
    const schedule = peft as { total_step?: number; tfinal?: number } | null;
    const { weights, total } = predictSteady({
      ...trial,
      batchSize: training.batchSize,
      tokens: training.tokens / training.samples,
      baseBytes: 2,
      adapterBytes: peft === null ? 2 : 4,
      rankShare: schedule?.total_step ? 1 - schedule.tfinal! / schedule.total_step : 1,
      copiesTrainedBase: peft !== null,
      ...(peft !== null && { inPeft: true }),
    });
    if (peft === null) expect(weights / 2).toBe(totalParameters);
    expect(Math.abs(total / allocatedBytes - 1)).toBeLessThan(0.02);
  });
});

interface PaperCount {
  paper: string;
  model: string;
  method: string;
  config: object;
  layers?: ({ count: number } & Omit<LayerShape, 'bias'>)[];
  base?: Record<string, unknown>;
  stated: string;
}

const papers: PaperCount[] = read('papers.json').counts;

describe.each(papers)('$paper: $model', ({ method: name, config, layers = [], base, stated }) => {
  it('trains what the paper prints', () => {
    const method = findMethod(name);
    const parsed = method.config.parse(config);
    const size = ({ shape }: { shape: readonly number[] }) => shape.reduce((a, b) => a * b, 1);
    const own = base
      ? baseParameters(readModelConfig(base)).filter((each) => method.trainsBase?.({ ...each, targeted: true }, parsed))
      : [];
    const count = layers.reduce(
      (sum, { count, ...shape }) => {
        const tensors = Object.values(method.weight!.tensors({ ...shape, bias: true }, parsed));
        const sizes = tensors.filter(({ trained }) => trained).map(size);
        return sum + count * sizes.reduce((a, b) => a + b, 0);
      },
      own.reduce((sum, each) => sum + size(each), 0),
    );
    const [, decimals = '', unit] = /^\d+(?:\.(\d+))?([kM])$/.exec(stated)!;
    expect(`${(count / { k: 1e3, M: 1e6 }[unit as 'k' | 'M']).toFixed(decimals.length)}${unit}`).toBe(stated);
  });
});

it('holds no keys and values where the model returns none, and a trained base parameter twice where it is copied', () => {
  const adamw = findOptimizer('adamw');
  const of = (method: string, more: object) =>
    predictSteady({
      model,
      method: findMethod(method),
      config: findMethod(method).config.parse({}),
      targets: ['query', 'value'],
      optimizer: adamw.build(adamw.config.parse({})),
      batchSize: 4,
      tokens: 100,
      baseBytes: 2,
      adapterBytes: 4,
      ...more,
    });
  expect(of('lora', { keepsKeysAndValues: false }).outputs).toBe(4 * 100 * 128_256 * 2);
  expect(of('lora', {}).outputs).toBe(4 * 100 * (128_256 + 28 * 2 * 1024) * 2);
  expect(of('full-ft', { copiesTrainedBase: true }).adapters).toBe(3_212_749_824 * 2);
  expect(of('full-ft', {}).adapters).toBe(0);
});

describe('npm run bench', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const published = ['counts', 'published-memory', 'published-optimizer-memory'];
  const bench = async (env: NodeJS.ProcessEnv) => {
    const options = { cwd: root, env, reject: false } as const;
    const { exitCode, stderr } = await execa(process.execPath, ['scripts/bench.mjs', ...published], options);
    // Lines about compiling come before those of the benches.
    return { exitCode, lines: stderr.split('\n').filter((line) => line !== '' && !line.startsWith('rankforge:')) };
  };

  it('ends with status 0 where every published figure is met or its difference explained', async () => {
    expect(await bench({})).toEqual({ exitCode: 0, lines: [] });
  });

  it('ends with status 1 and names each figure that differs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rankforge-published-'));
    try {
      const [first, second] = known.filter(({ name }) => name.startsWith('ia3/'));
      writeFileSync(join(folder, 'kept.json'), resultFile(first!));
      writeFileSync(
        join(folder, 'altered.json'),
        resultFile({ ...second!, trainableParameters: 286_721, allocatedBytes: 1.05 * second!.allocatedBytes }),
      );
      const { exitCode, lines } = await bench({ RANKFORGE_PUBLISHED_RUNS: folder });
      expect(exitCode).toBe(1);
      expect(lines).toEqual([
        `counts: ${second!.name}: ia3 trains 286720 here, published 286721`,
        expect.stringMatching(`^published-memory: ${second!.name}: off by -5\\.\\d+ %, beyond 2 %$`),
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** The run as a result file of peft's method comparison has it. */
function resultFile({ name, peft, training, ...counted }: Run): string {
  const { batchSize, samples, tokens, optimizer } = training;
  return JSON.stringify({
    run_info: {
      experiment_name: name,
      peft_config: peft,
      train_config: {
        dtype: 'bfloat16',
        autocast_adapter_dtype: true,
        use_gc: false,
        batch_size: batchSize,
        optimizer_type: optimizer,
      },
    },
    train_info: {
      status: 'success',
      num_trainable_params: counted.trainableParameters,
      num_total_params: counted.totalParameters,
      metrics: [
        { 'mem allocated avg': counted.allocatedBytes, 'train total tokens': tokens, 'train samples': samples },
      ],
    },
    meta_info: { package_info: {}, system_info: { accelerator: 'none' } },
  });
}
