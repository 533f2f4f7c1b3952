/** @file Trainings by the runner of torch, where it was added: the compiled child, and torch in a process of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunnerRun } from '@rankforge/contracts';
import { ArtifactStore, type StoredArtifact } from '@rankforge/db';
import {
  createRandom,
  exportBase,
  findMethod,
  findOptimizer,
  fromRows,
  initialValues,
  LoadedBase,
  methods,
  modelConfigSchema,
  openEngine,
  orderFor,
  predictMemory,
  readAdapter,
  refusal,
  train,
} from '@rankforge/peft';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineOptions, hasTorch, isBeyondTorch } from '../../../test/support/engines.js';
import { casesOf } from '../../../test/support/full.js';
import { writeTinyEncoder } from '../../../test/support/tiny-base.js';
import { memory, spec as someSpec } from '../../../test/support/trials.js';
import { childEnvironment } from '../src/trainer/messages.js';
import { TrainerPool } from '../src/trainer/pool.js';
import { programOf } from '../src/trainer/runner/program.js';
import { type RunnerLine, RunnerProcess } from '../src/trainer/runner/runner-process.js';
import { Workplace } from '../src/trainer/runner/workplace.js';
import { writtenOrder } from '../src/trainer/runner/written-order.js';
import { scratchOf } from '../src/trainer/scratch.js';
import type { Order, Reports, RunOutcome, StopReason } from '../src/trial/executor.js';

const script = fileURLToPath(new URL('../dist/trainer/child.bundle.js', import.meta.url));
/** The example that trains by the protocol alone. */
const outsideRunner = fileURLToPath(new URL('../../../examples/22-outside-runner/runner.py', import.meta.url));
const MIB = 2 ** 20;
const withoutBitsandbytes = 'the Python of torch has no bitsandbytes';

let folder: string;
let store: ArtifactStore;
let pool: TrainerPool;
let base: string;
let dataset: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-torch-'));
  base = await writeTinyEncoder(join(folder, 'models'));
  store = new ArtifactStore(join(folder, 'artifacts'));
  await store.prepare();
  const head = { format: 'rankforge-dataset-1', objective: 'classification', classes: ['sea', 'land'] };
  const lines = Array.from({ length: 60 }, (_, i) => ({
    split: (['train', 'validation', 'test'] as const)[i % 3],
    row: `line ${i + 1}`,
    text:
      i % 2 === 0 ? `the sea was calm ${'and deep '.repeat(i % 5)}` : `the hill was green ${'and dry '.repeat(i % 4)}`,
    label: i % 2,
  }));
  dataset = (await store.put(Buffer.from([head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')))).sha256;
  const env = childEnvironment({
    artifactDir: join(folder, 'artifacts'),
    modelsDir: join(folder, 'models'),
    calibrations: { folder: join(folder, 'calibrations'), mostBytes: 0 },
    enginesDir: engineOptions.enginesFolder,
    slots: 1,
  });
  pool = new TrainerPool({ script, env, stopWithinMs: 30_000 });
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

function order(overrides: Partial<Order['spec']> = {}, rest: Partial<Order> = {}): Order {
  const training = {
    ...someSpec.training,
    ...{ steps: 8, batchSize: 4, accumulate: 2, sequenceLength: 24, checkpointEvery: 2, evalEvery: 4 },
    targets: ['query', 'value'],
  };
  return {
    trialId: 'trial',
    kind: 'train',
    budgetBytes: 512 * MIB,
    predicted: memory,
    checkpoints: [],
    spec: {
      ...someSpec,
      task: 'dataset:sea',
      dataset,
      base,
      engine: 'torch',
      learningRate: 0.01,
      training,
      ...overrides,
    },
    ...rest,
  };
}

interface Heard {
  outcome: RunOutcome;
  losses: number[];
  validation: number[];
  peaks: number[];
  checkpoints: StoredArtifact[];
  lines: string[];
  from: number | undefined;
}

async function run(asked: Order, onStep: (step: number, stop: (reason: StopReason) => void) => void = () => {}) {
  const heard: Omit<Heard, 'outcome'> = {
    losses: [],
    validation: [],
    peaks: [],
    checkpoints: [],
    lines: [],
    from: undefined,
  };
  const controller = new AbortController();
  const reports: Reports = {
    resumed: (step) => {
      heard.from = step;
    },
    progress: ({ points, step }) => {
      for (const { name, value } of points) {
        if (name === 'train/loss') heard.losses.push(value);
        if (name === 'validation/loss') heard.validation.push(value);
        if (name === 'memory/peak') heard.peaks.push(value);
      }
      if (points.some(({ name }) => name === 'train/loss')) onStep(step, (reason) => controller.abort(reason));
    },
    checkpoint: (artifact) => heard.checkpoints.push(artifact),
    log: (line) => heard.lines.push(line),
    forAdministrators: (line) => heard.lines.push(line),
  };
  const outcome = await pool.run(asked, reports, controller.signal);
  return { ...heard, outcome } satisfies Heard;
}

const succeeded = ({ outcome, lines }: Heard) => {
  if (outcome.kind !== 'succeeded') throw new Error(`${JSON.stringify(outcome)}\n${lines.join('\n')}`);
  return outcome;
};
const trainedBy = async ({ adapter }: { adapter?: StoredArtifact }) =>
  readAdapter(await store.read(adapter!.sha256)).tensors;
/** Processes of torch that a trainer of the pool started. */
const runners = () =>
  pool.pids.flatMap((pid) => {
    try {
      return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map(Number);
    } catch {
      return [];
    }
  });

describe.skipIf(!hasTorch)('a training by torch', () => {
  it('has the losses, the scores and the adapter of wasm, and is scored on the test split once', async () => {
    const torch = await run(order());
    const wasm = await run(order({ engine: 'wasm' }));
    const [ours, theirs] = [succeeded(wasm), succeeded(torch)];
    expect(torch.losses).toHaveLength(8);
    for (const [step, loss] of wasm.losses.entries()) expect(torch.losses[step]! / loss).toBeCloseTo(1, 4);
    for (const [at, loss] of wasm.validation.entries()) expect(torch.validation[at]! / loss).toBeCloseTo(1, 4);
    expect(torch.validation).toHaveLength(2);
    expect(torch.checkpoints.map(({ step }) => step)).toEqual([2, 4, 6]);
    expect(theirs.measured!.total).toBe(torch.peaks.at(-1));
    expect(theirs.measured!.adapters).toBe(4 * ours.result.trainableParameters!);
    expect(theirs.result.trainableParameters).toBe(ours.result.trainableParameters);
    expect(theirs.result.validation).toEqual(
      Object.fromEntries(
        Object.entries(ours.result.validation!).map(([name, value]) => [name, expect.closeTo(value as number, 4)]),
      ),
    );
    const [own, other] = [await trainedBy(ours), await trainedBy(theirs)];
    expect([...other.keys()].sort()).toEqual([...own.keys()].sort());
    for (const [path, { values }] of own) {
      const most = Math.max(...values.map((value, at) => Math.abs(value - other.get(path)!.values[at]!)));
      expect(most, path).toBeLessThan(1e-3);
    }
    const scored = succeeded(await run(order({}, { kind: 'score', adapter: theirs.adapter! })));
    const scoredByWasm = succeeded(await run(order({ engine: 'wasm' }, { kind: 'score', adapter: theirs.adapter! })));
    expect(scored.exampleScores!.accuracy).toEqual(scoredByWasm.exampleScores!.accuracy);
    expect(scored.result.test!.loss).toBeCloseTo(scoredByWasm.result.test!.loss!, 5);
    expect(scored.result.forgetting).toEqual({
      measured: false,
      reason: 'torch scores the examples of the task alone',
    });
  }, 300_000);

  it('has the numbers of one process in two', async () => {
    const { training } = order().spec;
    const together = (more: Partial<Order> = {}) => order({ training: { ...training, devices: 2 } }, more);
    const [alone, two] = [await run(order()), await run(together())];
    expect(two.losses).toHaveLength(8);
    for (const [step, loss] of alone.losses.entries()) expect(two.losses[step]! / loss).toBeCloseTo(1, 5);
    for (const [at, loss] of alone.validation.entries()) expect(two.validation[at]! / loss).toBeCloseTo(1, 5);
    const [own, other] = [await trainedBy(succeeded(alone)), await trainedBy(succeeded(two))];
    for (const [path, { values }] of own) {
      const most = Math.max(...values.map((value, at) => Math.abs(value - other.get(path)!.values[at]!)));
      expect(most, path).toBeLessThan(1e-5);
    }
    const score = { kind: 'score', adapter: succeeded(two).adapter! } as const;
    const [scored, scoredAlone] = [succeeded(await run(together(score))), succeeded(await run(order({}, score)))];
    expect(scored.exampleScores!.accuracy).toEqual(scoredAlone.exampleScores!.accuracy);
    expect(scored.result.test!.loss).toBeCloseTo(scoredAlone.result.test!.loss!, 5);
  }, 300_000);

  it('goes on from a checkpoint after a process of two was killed, to the bit', async () => {
    const { training } = order().spec;
    const together = (checkpoints: readonly StoredArtifact[] = []) =>
      order({ training: { ...training, devices: 2, steps: 40, checkpointEvery: 4 } }, { checkpoints });
    const whole = succeeded(await run(together()));
    let isKilled = false;
    const first = await run(together(), (step) => {
      if (step < 6 || isKilled) return;
      isKilled = true;
      const [runner] = runners();
      const ranks = execFileSync('pgrep', ['-P', String(runner)], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map(Number);
      expect(ranks).toHaveLength(2);
      process.kill(ranks[1]!, 'SIGKILL');
    });
    expect(first.outcome).toMatchObject({ kind: 'died', beside: 0 });
    const rest = await run(together([...first.checkpoints].reverse()));
    expect(rest.from).toBeGreaterThanOrEqual(4);
    expect(await trainedBy(succeeded(rest))).toEqual(await trainedBy(whole));
  }, 300_000);

  it('goes on from a checkpoint after its runner was killed, to the bit', async () => {
    const whole = succeeded(await run(order({ seed: 3 })));
    const files = () => pool.pids.map((pid) => scratchOf(pid)).filter((path) => existsSync(path));
    let left: string[] = [];
    const killed = await run(order({ seed: 3 }), (step) => {
      if (step !== 5) return;
      left = files();
      for (const pid of runners()) process.kill(pid, 'SIGKILL');
    });
    expect(killed.outcome).toMatchObject({ kind: 'died' });
    expect(left).toHaveLength(1);
    await expect.poll(() => existsSync(left[0]!)).toBe(false);
    const rest = await run(order({ seed: 3 }, { checkpoints: [killed.checkpoints.at(-1)!] }));
    expect(rest.from).toBe(killed.checkpoints.at(-1)!.step);
    const [one, other] = [await trainedBy(whole), await trainedBy(succeeded(rest))];
    for (const [path, tensor] of one) expect(other.get(path), path).toEqual(tensor);
  }, 300_000);

  it('leaves the same adapter to the bit, at whichever steps its runner is killed', async () => {
    const steps = 200;
    const asked = { seed: 6, training: { ...order().spec.training, steps, accumulate: 1, checkpointEvery: 10 } };
    const whole = await run(order(asked));
    const every = Array.from({ length: steps }, (_, at) => at + 1);
    const kills = new Set(casesOf('steps at which the runner of torch is killed', every, [1, 10, 11, 57, 199]));
    const killed = new Set<number>();
    const losses = new Map<number, number>();
    let last: StoredArtifact | undefined;
    let part: Heard;
    do {
      part = await run(order(asked, { checkpoints: last ? [last] : [] }), (step) => {
        if (!kills.has(step) || killed.has(step)) return;
        killed.add(step);
        for (const pid of runners()) process.kill(pid, 'SIGKILL');
      });
      // Steps of a part follow the checkpoint that it began at; those after the last kill stand.
      for (const [at, loss] of part.losses.entries()) losses.set((last?.step ?? 0) + 1 + at, loss);
      last = part.checkpoints.at(-1) ?? last;
    } while (part.outcome.kind === 'died');
    expect(killed).toEqual(kills);
    expect([...losses]).toEqual(whole.losses.map((loss, at) => [at + 1, loss]));
    const [one, other] = [await trainedBy(succeeded(whole)), await trainedBy(succeeded(part))];
    for (const [path, tensor] of one) expect(other.get(path), path).toEqual(tensor);
  }, 3_600_000);

  it('stops with a checkpoint on a drain, and goes on from it', async () => {
    const whole = await run(order({ seed: 4 }));
    const drained = await run(order({ seed: 4 }), (step, stop) => {
      if (step === 3) stop('drain');
    });
    expect(drained.outcome).toEqual({ kind: 'stopped' });
    const last = drained.checkpoints.at(-1)!;
    const rest = await run(order({ seed: 4 }, { checkpoints: [last] }));
    expect(rest.losses).toEqual(whole.losses.slice(last.step));
  }, 300_000);

  it('trains a part of its schedule, from which another goes on', async () => {
    const whole = await run(order({ seed: 5 }));
    const first = await run(order({ seed: 5, until: 4 }));
    expect(succeeded(first).step).toBe(4);
    expect(first.losses).toEqual(whole.losses.slice(0, 4));
    const rest = await run(order({ seed: 5 }, { checkpoints: [first.checkpoints.at(-1)!] }));
    expect(rest.losses).toEqual(whole.losses.slice(4));
  }, 300_000);

  it('is over its budget by what its tensors hold, and says so', async () => {
    const { outcome, peaks } = await run(order({}, { budgetBytes: MIB / 4 }));
    expect(peaks.at(-1)).toBeGreaterThan(MIB / 4);
    const reason = `^the runner held ${peaks.at(-1)} bytes of tensors at step \\d \\(predicted 7000 bytes, budget ${MIB / 4}\\)$`;
    expect(outcome).toMatchObject({ kind: 'over-budget', reason: expect.stringMatching(new RegExp(reason)) });
  }, 300_000);

  it('fails where its loss is not finite', async () => {
    const { outcome } = await run(order({ learningRate: 1e30 }));
    expect(outcome).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/the (loss|norm of the gradient) is (nan|inf) at step/),
    });
  }, 300_000);
});

describe.skipIf(!hasTorch)('each method that torch may train', () => {
  const vocabularySize = 40;
  const config = modelConfigSchema.parse({
    ...{ architecture: 'bert', vocabularySize, contextLength: 64, types: 2, pooler: true },
    ...{ width: 16, layers: 2, heads: 2, mlpWidth: 24, normEpsilon: 1e-12 },
  });
  const targets = ['query', 'value'];
  const adamw = findOptimizer('adamw');
  const optimizer = adamw.build(adamw.config.parse({ weightDecay: 0.1 }));
  const taken = methods.flatMap((method) => {
    const parsed = method.config.safeParse({});
    const of = {
      model: config,
      method,
      config: parsed.data,
      targets,
      classes: 2,
      objective: 'classification' as const,
    };
    const isTaken = (baseDtype: 'float32' | 'bfloat16' | 'nf4' | 'int8') => {
      try {
        return parsed.success && refusal({ ...of, optimizer, engine: 'torch', baseDtype }) === undefined;
      } catch {
        return false;
      }
    };
    return isTaken('float32')
      ? [{ name: method.name, packed: (['bfloat16', 'nf4', 'int8'] as const).filter(isTaken) }]
      : [];
  });
  let runner: RunnerProcess;
  let model: LoadedBase;
  let folderOfBase: string;
  beforeAll(async () => {
    await openEngine('wasm');
    model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: {} });
    const workplace = await Workplace.open();
    folderOfBase = await workplace.writeFolder('base', exportBase(model));
    runner = new RunnerProcess(await programOf('torch', engineOptions.enginesFolder), () => undefined);
  });
  afterAll(async () => {
    runner?.end();
    if (folderOfBase) await rm(join(folderOfBase, '..'), { recursive: true, force: true });
  });

  it('is among those of Python peft', () => {
    expect(taken.map(({ name }) => name)).toContain('lora');
    expect(taken.length).toBeGreaterThan(15);
    for (const { name } of taken) expect(findMethod(name).peft).toBeDefined();
  });

  /** Losses of a training on wasm and by torch, with what the runner says of it. */
  async function both({
    name = 'lora',
    by = optimizer,
    on = runner,
    held = {},
  }: {
    name?: string;
    by?: typeof optimizer;
    on?: RunnerProcess;
    held?: {
      baseDtype?: RunnerRun['base']['dtype'];
      doubleQuantization?: 'off';
      computeDtype?: 'bfloat16';
      attention?: 'whole';
      checkpointing?: 'block';
    };
  }) {
    const random = createRandom(2);
    const rows = (count: number) =>
      Array.from({ length: count }, (_, at) => ({
        text: Array.from({ length: 3 + random.integer(8) }, () => 3 + random.integer(vocabularySize - 3)),
        label: at % 2 === 0 ? 'a' : 'b',
      }));
    const tokenizer = { frame: { before: [1], after: [2] }, encode: () => [], decode: () => '' };
    const data = fromRows(model, {
      objective: 'classification',
      train: rows(8),
      validation: rows(4),
      sequenceLength: 12,
      tokenizer,
    });
    const method = findMethod(name);
    const engine = await openEngine('wasm');
    const { computeDtype, doubleQuantization, ...onWasm } = held;
    const options = { steps: 4, batchSize: 4, targets, learningRate: method.learningRates[1]!, seed: 0, ...onWasm };
    const input = { engine, model, method, config: method.config.parse({}), optimizer: by, data, options };
    const losses: number[] = [];
    await train({ ...input, onEvent: (event) => void (event.type === 'step' && losses.push(event.loss)) });
    const ordered = await orderFor(input);
    const workplace = await Workplace.open();
    try {
      const found: number[] = [];
      let loaded: Extract<RunnerLine, { type: 'loaded' }> | undefined;
      const { baseDtype = 'float32', attention, checkpointing } = held;
      const said: string[] = [];
      const ended = await on.run(
        name,
        await writtenOrder(ordered, workplace, {
          base: {
            ...{ path: folderOfBase, sha256: '0'.repeat(64), dtype: baseDtype },
            ...(computeDtype && { computeDtype }),
            ...(doubleQuantization && { doubleQuantization: false }),
            attention: attention === 'whole' ? 'eager' : 'sdpa',
            checkpointing: checkpointing === 'block',
          },
          ...{ steps: 4, microBatch: 4, seed: 0, threads: 1 },
        }),
        async (line) => {
          said.push(line.type);
          if (line.type === 'loaded') loaded = line;
          if (line.type === 'progress') found.push(line.loss);
        },
      );
      if (ended.outcome !== 'completed') throw new Error(`${ended.outcome}: ${ended.reason}`);
      expect(loaded).toMatchObject({ parameters: ordered.trainableParameters, decayed: ordered.decayed });
      return { losses, found, said, ended, bytes: loaded!.bytes };
    } finally {
      await workplace.close();
    }
  }

  it('is trained by a runner that somebody else wrote in 60 lines, too', async () => {
    const { command } = await programOf('torch', engineOptions.enginesFolder);
    const log: string[] = [];
    const outside = new RunnerProcess({ command, args: [outsideRunner], env: process.env }, (line) => log.push(line));
    try {
      const { losses, found, said } = await both({ on: outside });
      expect(found).toHaveLength(4);
      for (const [step, loss] of losses.entries()) expect(found[step]! / loss, log.join('\n')).toBeCloseTo(1, 4);
      expect(said).toEqual(['loaded', ...found.map(() => 'progress'), 'evaluated']);
      const plus = findOptimizer('lora-plus');
      await expect(both({ on: outside, by: plus.build(plus.config.parse({})) })).rejects.toThrow(/at one rate/);
      expect(outside.usable).toBe(true);
    } finally {
      outside.end();
    }
  }, 120_000);

  it.each(taken.map(({ name }) => name))(
    'has the losses of wasm: %s',
    async (name) => {
      const { losses, found } = await both({ name });
      for (const [step, loss] of losses.entries()) expect(found[step]! / loss, `step ${step + 1}`).toBeCloseTo(1, 4);
    },
    60_000,
  );

  it.for(taken.flatMap(({ name, packed }) => packed.map((baseDtype) => ({ name, baseDtype }))))(
    'has the losses of wasm: $name on a base in $baseDtype',
    { timeout: 60_000 },
    async ({ name, baseDtype }, { skip }) => {
      skip(isBeyondTorch({ dtype: baseDtype }), withoutBitsandbytes);
      const { losses, found } = await both({ name, held: { baseDtype } });
      for (const [step, loss] of losses.entries()) expect(found[step]! / loss, `step ${step + 1}`).toBeCloseTo(1, 2);
    },
  );

  it.for([
    ['sgd', {}],
    ['sgdm', { weightDecay: 0.1 }],
    ['sgdm', { nesterov: true }],
    ['adafactor', {}],
    ['adafactor', { scaleParameter: false, weightDecay: 0.1 }],
    ['lora-plus', { weightDecay: 0.1 }],
    ['lion', { weightDecay: 0.1 }],
    ['adam-8bit', { blockSize: 256, minSize: 0 }],
  ] as const)(
    'has the losses of wasm: LoRA by the optimizer %s with %o',
    { timeout: 60_000 },
    async ([name, settings], { skip }) => {
      const record = findOptimizer(name);
      const by = record.build(record.config.parse(settings));
      if (typeof by.inTorch === 'object') skip(isBeyondTorch({ optimizer: by.inTorch.name }), withoutBitsandbytes);
      const { losses, found } = await both({ by });
      for (const [step, loss] of losses.entries()) expect(found[step]! / loss, `step ${step + 1}`).toBeCloseTo(1, 4);
    },
  );

  it.for(['bfloat16', 'int8', 'nf4'] as const)(
    'has the losses of wasm, and says its peak by part: LoRA on a base in %s',
    { timeout: 60_000 },
    async (baseDtype, { skip }) => {
      skip(isBeyondTorch({ dtype: baseDtype }), withoutBitsandbytes);
      const { losses, found, ended } = await both({ held: { baseDtype } });
      // Weights that are not packed are loaded in bfloat16.
      for (const [step, loss] of losses.entries()) expect(found[step]! / loss, `step ${step + 1}`).toBeCloseTo(1, 3);
      expect(Object.values(ended.parts!).reduce((sum, bytes) => sum + bytes, 0)).toBe(ended.peak);
    },
  );

  it('holds scales of nf4 as it is told to, by as many bytes as are predicted', async ({ skip }) => {
    skip(isBeyondTorch({ dtype: 'nf4' }), withoutBitsandbytes);
    const [on, off] = [
      await both({ held: { baseDtype: 'nf4' } }),
      await both({ held: { baseDtype: 'nf4', doubleQuantization: 'off' } }),
    ];
    for (const [step, loss] of off.losses.entries())
      expect(off.found[step]! / loss, `step ${step + 1}`).toBeCloseTo(1, 2);
    expect(off.found).not.toEqual(on.found);
    const given = {
      model: config,
      method: findMethod('lora'),
      config: findMethod('lora').config.parse({}),
      targets,
      classes: 2,
      optimizer,
    };
    const [predictedOn, predictedOff] = (['on', 'off'] as const).map((doubleQuantization) =>
      predictMemory({ ...given, baseDtype: 'nf4', doubleQuantization, engine: 'torch', batchSize: 4, sequence: 12 }),
    );
    expect(off.bytes - on.bytes).toBe(predictedOff!.weights - predictedOn!.weights);
  }, 60_000);

  it.each([{ attention: 'whole' as const }, { checkpointing: 'block' as const }])(
    'has the losses of wasm: LoRA with %o',
    async (held) => {
      const { losses, found } = await both({ held });
      for (const [step, loss] of losses.entries()) expect(found[step]! / loss, `step ${step + 1}`).toBeCloseTo(1, 4);
    },
    60_000,
  );
});
