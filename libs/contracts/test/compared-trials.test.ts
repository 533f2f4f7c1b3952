import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import {
  type ComparedRow,
  comparedExport,
  comparedNames,
  comparedText,
  comparedTrials,
  type Formats,
  patternText,
  seedGroups,
  seedsRight,
  type TrialDetail,
  WhichExamples,
} from '../src/index.js';

const training = {
  steps: 40,
  batchSize: 8,
  sequenceLength: 64,
  accumulate: 1,
  schedule: 'cosine' as const,
  warmupSteps: 0,
  clipNorm: 1,
  dropout: 0,
  checkpointEvery: 50,
  targets: ['query', 'value'],
};

function trial(spec: object, more: object = {}): TrialDetail {
  return partOf<TrialDetail>({
    id: '0198b2a0-0000-7000-8000-000000000001',
    ordinal: 1,
    kind: 'train',
    method: 'lora',
    optimizer: 'adamw',
    rank: 8,
    seed: 0,
    state: 'SUCCEEDED',
    step: 40,
    loss: 3.5,
    memoryBudgetMiB: 16,
    measuredBytes: 6 * 2 ** 20,
    predicted: partOf<TrialDetail['predicted']>({ total: 7 * 2 ** 20 }),
    result: { validation: { perplexity: 21.5 }, seconds: 12 },
    spec: {
      task: 'moby-dick',
      base: 'nano-sotu',
      engine: 'wasm',
      method: 'lora',
      methodConfig: { alpha: 16 },
      optimizer: 'adamw',
      optimizerConfig: { beta1: 0.9 },
      rank: 8,
      learningRate: 0.01,
      seed: 0,
      training,
      ...spec,
    },
    ...more,
  });
}

const row = (rows: readonly ComparedRow[], name: string) => rows.find((each) => each.name === name);

describe('trials side by side', () => {
  it('give a row to each setting that one of them has, by its name in a sweep, and say where they differ', () => {
    const rows = comparedTrials([
      trial({}),
      trial({ method: 'dora', methodConfig: { alpha: 16, dropout: 0.1 }, training: { ...training, targets: ['key'] } }),
    ]);
    const differing = rows.filter(({ part, differs }) => part === 'setting' && differs);
    expect(differing.map(({ name, values }) => [name, ...values])).toEqual([
      ['method', 'lora', 'dora'],
      ['config.dropout', null, 0.1],
      ['training.targets', 'query, value', 'key'],
    ]);
    expect(row(rows, 'config.alpha')).toMatchObject({ values: [16, 16], differs: false });
    expect(row(rows, 'optimizerConfig.beta1')).toMatchObject({ values: [0.9, 0.9], differs: false });
    expect(row(rows, 'training.steps')).toMatchObject({ values: [40, 40], differs: false });
  });

  it('differ where one of them has another budget, and in nothing where they are one', () => {
    const budgets = comparedTrials([trial({}), trial({}, { memoryBudgetMiB: 8, limits: { flops: 2e9 } })]);
    expect(budgets.filter(({ differs }) => differs).map(({ name, values }) => [name, ...values])).toEqual([
      ['memoryBudgetMiB', 16, 8],
      ['limits.flops', null, 2e9],
    ]);
    expect(comparedTrials([trial({}), trial({})]).filter(({ differs }) => differs)).toEqual([]);
  });

  it('show results with their units, and none where a trial has not ended', () => {
    const rows = comparedTrials([
      trial({}),
      trial({}, { state: 'RUNNING', step: 3, measuredBytes: null, result: null }),
    ]);
    expect(row(rows, 'state')).toMatchObject({ part: 'result', values: ['SUCCEEDED', 'RUNNING'], differs: true });
    expect(row(rows, 'validation/perplexity')).toMatchObject({ part: 'result', values: [21.5, null] });
    expect(row(rows, 'measuredPeakBytes')).toMatchObject({
      title: 'Peak memory',
      unit: 'bytes',
      values: [6 * 2 ** 20, null],
    });
  });
});

const formats: Formats = {
  count: String,
  integer: String,
  bytes: (value) => `${value / 2 ** 20} MiB`,
  milliseconds: String,
  seconds: String,
  number: (value) => value.toFixed(2),
};

describe('comparedText', () => {
  const text = (of: Partial<ComparedRow>, value: ComparedRow['values'][number]) =>
    comparedText(partOf<ComparedRow>({ part: 'result', ...of }), value, formats);

  it('writes results in their units and settings as they are', () => {
    expect([
      text({ unit: 'bytes' }, 2 ** 21),
      text({}, 1 / 3),
      text({}, 30),
      text({ part: 'setting' }, 0.0003),
      text({}, null),
      text({}, 'FAILED'),
    ]).toEqual(['2 MiB', '0.33', '30', '0.0003', '–', 'FAILED']);
  });
});

describe('comparedNames', () => {
  it('says of trials that would be called alike how their ids end', () => {
    const of = (id: string, ordinal: number) => trial({}, { id, ordinal });
    expect(comparedNames([of('…a001', 1), of('…b002', 1), of('…c003', 2)])).toEqual([
      '1 lora r8 seed 0 (…a001)',
      '1 lora r8 seed 0 (…b002)',
      '2 lora r8 seed 0',
    ]);
  });
});

describe('comparedExport', () => {
  const trials = [trial({}), trial({ seed: 1 }, { id: 'second', ordinal: 2, seed: 1 })];

  it('writes every row for programs, under the ids of the trials', () => {
    const lines = comparedExport(trials, 'csv', formats).split('\r\n');
    expect(lines[0]).toBe('part,name,differs,0198b2a0-0000-7000-8000-000000000001,second');
    expect(lines).toContain('setting,seed,true,0,1');
    expect(lines).toContain('setting,training.targets,false,"query, value","query, value"');
    expect(lines).toContain('result,measuredPeakBytes,false,6291456,6291456');
  });

  it('writes settings that differ and all results for people', () => {
    const table = comparedExport(trials, 'markdown', formats);
    expect(table).toContain('| Name | 1 lora r8 seed 0 | 2 lora r8 seed 1 |');
    expect(table).toContain('| seed | 0 | 1 |');
    expect(table).toContain('| Peak memory | 6 MiB | 6 MiB |');
    expect(table).not.toContain('training.targets');
  });
});

describe('trials that are alike but for their seed', () => {
  const trials = [
    trial({}),
    trial({ seed: 1 }, { seed: 1 }),
    trial({ learningRate: 0.02 }),
    trial({ seed: 2 }, { seed: 2 }),
  ];

  it('form a group, and others none', () => {
    expect(seedGroups(trials)).toEqual([{ name: 'lora r8', places: [0, 1, 3] }]);
  });

  it('say of an example how many have it right', () => {
    const [group] = seedGroups(trials);
    expect(seedsRight(group!, [1, 0, 1, 1])).toBe('2 of 3');
  });
});

describe('patterns of who is right', () => {
  it.each([
    ['11', 'both'],
    ['00', 'neither'],
    ['10', 'a alone'],
    ['01', 'b alone'],
  ])('%s is %s', (pattern, words) => {
    expect(patternText(pattern, ['a', 'b'])).toBe(words);
  });

  it.each([
    ['111', 'all'],
    ['000', 'none'],
    ['110', 'a, b'],
  ])('%s of three is %s', (pattern, words) => {
    expect(patternText(pattern, ['a', 'b', 'c'])).toBe(words);
  });

  it.each(['differ', 'right', 'wrong', '10', '11110000'])('%s chooses examples', (which) => {
    expect(WhichExamples.parse(which)).toBe(which);
  });

  it.each(['1', '111100001', 'best', '12'])('%s chooses none', (which) => {
    expect(WhichExamples.safeParse(which).success).toBe(false);
  });
});
