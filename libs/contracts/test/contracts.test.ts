import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  asksForTensorflow,
  CreateSweep,
  dominantPart,
  finalTrialStates,
  flatIssues,
  KeySecret,
  MIB,
  memoryClassesMiB,
  memoryClassMiB,
  offeredEngines,
  openTrialStates,
  queueName,
  queuePriority,
  TrialSpec,
  trialStates,
  trialTransitions,
  type WorkerView,
  wakeUpJobId,
  workerContract,
} from '../src/index.js';

const smallest = {
  name: 'ranks',
  task: 'moby-dick',
  base: 'nano-sotu',
  methods: [{ name: 'lora' }],
  memoryBudgetMiB: [16],
};

const refusals = (change: Record<string, unknown>) => {
  const parsed = CreateSweep.safeParse({ ...smallest, ...change });
  return flatIssues(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('/')}: ${message}`);
};

describe('CreateSweep', () => {
  it('fills in what a request leaves out', () => {
    expect(CreateSweep.parse(smallest)).toMatchObject({
      engine: 'wasm',
      rank: [8],
      seed: [0, 1, 2],
      methods: [{ name: 'lora', optimizer: 'adamw', config: {}, optimizerConfig: {} }],
      search: { kind: 'grid' },
      priority: 50,
      retries: 2,
      reuse: true,
    });
  });

  it.each([
    ['LoRA', '; did you mean "lora"?'],
    ['Full FT', '; did you mean "full-ft"?'],
    ['prompt_tuning', '; did you mean "prompt-tuning"?'],
    ['LoRA+', ''],
    ['(IA)³', ''],
    ['../lora', ''],
  ])('suggests how the name of a method is spelled, in place of %s', (name, suggested) => {
    expect(refusals({ methods: [{ name }] })).toEqual([
      `methods/0/name: expected lower-case words joined by dashes, e.g. "moby-dick", got "${name}"${suggested}`,
    ]);
  });

  it('takes "fair" for a fair protocol with its defaults, and fills in what its fields leave out', () => {
    const protocolOf = (protocol: unknown) => CreateSweep.parse({ ...smallest, protocol }).protocol;
    expect(protocolOf('fair')).toEqual({ kind: 'fair', finalSeeds: 5, extensions: 0, seed: 0 });
    expect(protocolOf({ kind: 'fair' })).toEqual(protocolOf('fair'));
    expect(protocolOf({ kind: 'fair', tuningTrials: 4, seed: 7 })).toEqual({
      kind: 'fair',
      tuningTrials: 4,
      finalSeeds: 5,
      extensions: 0,
      seed: 7,
    });
  });

  it.each([
    ['an unknown key', { ranks: [4] }, /^ranks: unknown key; known are name, .*\brank, .*\btraining\b/],
    [
      'a key of another level',
      { methods: [{ name: 'lora', alpha: 8 }] },
      /^methods\/0\/alpha: .*known are name, .*\bconfig\b/,
    ],
    ['an engine nobody has', { engine: 'jax' }, /^engine: expected "wasm" or .*"tensorflow" or .*array, got "jax"/],
    ['a budget outside a list', { memoryBudgetMiB: 16 }, /expected array, got 16; a list of one is written \[16\]$/],
    ['a duplicate value of an axis', { seed: [1, 2, 1] }, /^seed\/2: duplicate value 1/],
    ['an empty axis', { rank: [] }, /^rank: needs at least one value$/],
    ['a budget of zero', { memoryBudgetMiB: [0] }, /^memoryBudgetMiB\/0: must be greater than 0, got 0$/],
    ['a budget in words', { memoryBudgetMiB: ['16 MiB'] }, /^memoryBudgetMiB\/0: .*expected number/],
    ['a learning rate that is not a number', { learningRate: [Number.NaN] }, /^learningRate\/0: expected a number/],
    ['a name that is a path', { task: '../secrets' }, /^task: /],
    ['a protocol nobody knows', { protocol: 'even' }, /^protocol: .*"fair"/],
    ['a protocol that tunes nothing', { protocol: { kind: 'fair', tuningTrials: 0 } }, /^protocol\/tuningTrials: /],
    [
      'a rank of half',
      { methods: [{ name: 'lora', rank: [0.5] }] },
      /^methods\/0\/rank\/0: must be a whole number, got 0.5/,
    ],
    [
      'a rank outside a list',
      { rank: 4 },
      /^rank: expected array or object or "max", got 4; a list of one is written \[4\]$/,
    ],
  ])('refuses %s and names the field', (_, change, expected) => {
    expect(refusals(change)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('trial states', () => {
  it('leave a final state only for a retry that a person asked for, or where a rung was the last', () => {
    const left = finalTrialStates.filter((state) => trialTransitions[state].length > 0);
    expect(left).toEqual(['SUCCEEDED', 'FAILED']);
    expect(trialTransitions.SUCCEEDED).toEqual(['PRUNED']);
  });

  it('divide into those that may still run and those that have ended', () => {
    expect([...openTrialStates, ...finalTrialStates]).toEqual(trialStates);
  });

  it('are all reachable from PENDING', () => {
    const reached = new Set(['PENDING' as (typeof trialStates)[number]]);
    for (const state of reached) for (const next of trialTransitions[state]) reached.add(next);
    expect([...reached].sort()).toEqual([...trialStates].sort());
  });
});

describe('memory', () => {
  it.each([
    [1, 64],
    [64 * MIB, 64],
    [64 * MIB + 1, 128],
    [2 ** 20 * MIB, 2 ** 20],
  ])('%i bytes belong to class %i MiB', (bytes, expected) => {
    expect(memoryClassMiB(bytes)).toBe(expected);
  });

  it('refuses what no class holds', () => {
    expect(() => memoryClassMiB((memoryClassesMiB.at(-1)! + 1) * MIB)).toThrow(RangeError);
  });

  it('names the part that holds most', () => {
    const parts = { weights: 3, adapters: 1, gradients: 0, optimizer: 2, activations: 9, workspace: 4, total: 19 };
    expect(dominantPart(parts)).toBe('activations');
  });
});

describe('the contract of workers', () => {
  interface Schema {
    $ref?: string;
    $defs?: Record<string, Schema>;
    properties?: Record<string, Schema>;
    items?: Schema;
  }
  const { $defs = {}, ...spec } = z.toJSONSchema(TrialSpec) as Schema;
  /** Paths of all fields. */
  function fieldsOf(schema: Schema, path = ''): string[] {
    const { properties = {}, items } = schema.$ref ? $defs[schema.$ref.split('/').at(-1)!]! : schema;
    const own = Object.entries(properties).flatMap(([name, field]) => [
      path + name,
      ...fieldsOf(field, `${path}${name}.`),
    ]);
    return items ? [...own, ...fieldsOf(items, path)] : own;
  }

  it('covers the fields of a spec: a worker refuses one that it does not know, and loses the trial', () => {
    const fields = fieldsOf(spec).sort();
    const ofTraining = (name: string) => `training.${name}`;
    expect({ workerContract, fields }, 'another field is another contract: see docs/decisions/0025').toEqual({
      workerContract: 12,
      fields: [
        ...'adapter base chat chat.date chat.sha256 chat.template'.split(' '),
        // Fields of a kind of trials that came with it: older workers claim none of these.
        ...'command command.folder command.preset command.preset.settings command.preset.tool command.words'.split(' '),
        ...'competingEngine dataVersion dataset ends engine'.split(' '),
        ...'federation federation.adversaries federation.adversaries.attack federation.adversaries.factor'.split(' '),
        ...'federation.adversaries.share federation.localSteps federation.lost federation.participation'.split(' '),
        ...'federation.participation.quorum federation.participation.sampling federation.participation.share federation.partition'.split(
          ' ',
        ),
        ...'federation.privacy federation.privacy.clip federation.privacy.delta federation.privacy.noise'.split(' '),
        ...'federation.ranks federation.rounds federation.secureAggregation'.split(' '),
        ...'fitted from generator initial kind learningRate method methodConfig'.split(' '),
        'numbers',
        ...'on on.adapter on.factors on.rank optimizer optimizerConfig rank recipe recipeConfig seed strategy strategyConfig task'.split(
          ' ',
        ),
        ...'teacher teacher.adapter teacher.base teacher.baseSha256 trainedRank training'.split(' '),
        ...'accumulate apartBlocks attention baseDtype batchSize checkpointEvery checkpointing clipNorm computeDtype devices doubleQuantization dropout'
          .split(' ')
          .map(ofTraining),
        ...'evalEvery execution headLearningRate normEvery queryTokens schedule sequenceLength steps targets titleWithQuery warmupSteps'
          .split(' ')
          .map(ofTraining),
        ...'until validationExamples'.split(' '),
      ],
    });
  });
});

describe('queue', () => {
  it('names a queue by engine and class, and a wake-up by trial and attempt', () => {
    expect(queueName('wasm', 128)).toBe('trials.wasm.128');
    expect(queueName('wasm', 128, 'dataset:é/a')).toBe('trials.wasm.128.646174617365743ac3a92f61');
    expect(wakeUpJobId('t', 2)).toBe('t.2');
  });

  it('runs larger priorities first, and sweeps of one priority in turns, within what BullMQ takes', () => {
    const inOrder = [
      [100, 1],
      [100, 2],
      [100, 19_999],
      [100, 1_000_000],
      [99, 1],
      [50, 7],
      [0, 1],
      [0, 1_000_000],
    ] as const;
    const numbers = inOrder.map(([priority, ordinal]) => queuePriority(priority, ordinal));
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(numbers[0]).toBeGreaterThanOrEqual(1);
    expect(numbers.at(-1)).toBeLessThan(2 ** 21);
  });
});

describe('the engines that a sweep is offered', () => {
  const worker = (state: WorkerView['state'], ...engines: WorkerView['engines']) => ({ state, engines });
  const order = (...workers: ReturnType<typeof worker>[]) => offeredEngines(workers).engines.map(({ name }) => name);

  it('begin with those that a live worker runs', () => {
    expect(order()).toEqual(['tensorflow', 'wasm', 'webgpu', 'torch', 'cpu']);
    expect(order(worker('live', 'wasm'), worker('live', 'webgpu'))).toEqual([
      'wasm',
      'webgpu',
      'tensorflow',
      'torch',
      'cpu',
    ]);
    expect(order(worker('live', 'wasm', 'tensorflow'), worker('lost', 'cpu'))[0]).toBe('tensorflow');
  });

  it('propose tensorflow where a live worker runs it, and wasm elsewhere', () => {
    expect(offeredEngines([worker('live', 'wasm', 'tensorflow')]).proposed).toBe('tensorflow');
    expect(offeredEngines([worker('live', 'webgpu'), worker('stopped', 'tensorflow')]).proposed).toBe('wasm');
  });

  it('ask for tensorflow on a base of more than 32 MiB, where nobody runs it', () => {
    const [without, beside] = [
      offeredEngines([worker('live', 'wasm')]),
      offeredEngines([worker('live', 'tensorflow')]),
    ];
    expect(asksForTensorflow(without, { parameters: 22_713_216 })).toBe(true);
    expect(asksForTensorflow(without, { parameters: 8 * 2 ** 20 })).toBe(false);
    expect(asksForTensorflow(without, undefined)).toBe(false);
    expect(asksForTensorflow(beside, { parameters: 22_713_216 })).toBe(false);
  });
});

it('a key is rf_ and 43 characters', () => {
  expect(KeySecret.safeParse(`rf_${'a'.repeat(43)}`).success).toBe(true);
  expect(KeySecret.safeParse(`rf_${'a'.repeat(42)}`).success).toBe(false);
});
