import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  amountOnRow,
  budgetsOf,
  CreateSweep,
  columnsOf,
  comparedMeasures,
  defaultCost,
  exceedsLimit,
  excessOver,
  type Formats,
  findMeasure,
  formatted,
  type Known,
  LeaderboardRow,
  linesOf,
  measured,
  measures,
  median,
  onRow,
  type Planned,
  parseLimit,
  predictionsOf,
  TrialResult,
} from '../src/index.js';

const nothing: Known = {
  training: null,
  measuredBytes: null,
  scoring: undefined,
  work: undefined,
  hasTokens: true,
  metric: 'loss',
};

const MIB = 2 ** 20;

/** What a federation reports whose rounds measured this. */
const report = (bytes: { up: number; down: number }, ...rounds: object[]) => ({
  clients: [{ name: 'north', examples: 3, rounds: rounds.length }],
  bytes,
  setUp: { up: 0, down: 0 },
  history: rounds.map((measured, index) => ({ round: index + 1, participants: [0], bytes, ...measured })),
});

/** The report of a procedure that asked so much for two queries. */
const asked = (of: object) => ({ queries: 2, replayed: 0, tokens: { read: 40, written: 2 }, seconds: 3, ...of });

/** Two seeds of a configuration. */
const seeds: Known[] = [
  {
    ...nothing,
    training: {
      ...{
        trainableParameters: 100,
        adapterBytes: 400,
        medianStepMs: 5,
        stepCpuMs: 4,
        tokensPerSecond: 10,
        seconds: 2,
      },
      stored: { parameters: 30, bytes: 120, base: { parameters: 60, bytes: 240 } },
      federation: report({ up: 1024, down: 2048 }, { aggregationError: 0.5, epsilon: 3 }),
      propensities: { estimated: [1, 0.5, 0.2], true: [1, 0.5, 0.25] },
      encodedTexts: 100,
      feedbackDrift: 0.25,
      indexRecall: 0.975,
      selection: { examples: [1, 4, 5], of: 9, shares: {} },
      ...{ selectionGradients: 12, transportCost: 0.75 },
      writer: { calls: 6, replayed: 2, tokens: { read: 60, written: 12 }, seconds: 3, price: 0.25 },
      procedure: asked({ calls: 12, agreement: 0.5, judged: 0.5, price: 0.002, quest: { f1: 0.25, recall: 0.5 } }),
      robustness: { queries: 2, questions: 30, agreement: 0.75, perplexity: null },
    },
    measuredBytes: 7,
    work: { multiplyAdds: { forward: 3, backward: 4 } },
    scoring: {
      before: { loss: 3, accuracy: 0.25 },
      forgetting: { measured: true, data: 'books', examples: 8, before: 2, after: 3 },
      flips: { outputs: 4, before: 0.5, after: 0.5, negative: 0.25, positive: 0.25 },
      byClient: { north: { loss: 3 }, south: { loss: 5 } },
      worst: { loss: { client: 'south', value: 5 } },
    },
  },
  {
    ...nothing,
    training: {
      ...{ trainableParameters: 100, adapterBytes: 400, medianStepMs: 8, stepCpuMs: 5, tokensPerSecond: 0, seconds: 4 },
      stored: { parameters: 33, bytes: 132, base: { parameters: 60, bytes: 240 } },
      // Nobody took part in its last round: nothing was aggregated.
      federation: report({ up: 1024, down: 0 }, { aggregationError: 0.25, epsilon: 3 }, { epsilon: 3 }),
      propensities: { estimated: [1, 0.7, 0.25], true: [1, 0.5, 0.25] },
      procedure: asked({ calls: 10, agreement: null, judged: 0.75, price: 0.001 }),
      robustness: { queries: 2, questions: 20, agreement: null, perplexity: 40 },
    },
    measuredBytes: 9,
    work: { multiplyAdds: { forward: 3, backward: 4 } },
    scoring: {
      forgetting: { measured: true, data: 'books', examples: 8, before: 2, after: 2.5 },
      flips: { outputs: 4, before: 0.5, after: 0.25, negative: 0.5, positive: 0.25 },
      worst: { loss: { client: 'north', value: 4 } },
    },
  },
];

const planned: Planned = {
  work: { multiplyAdds: { forward: 3, backward: 4 } },
  trained: { adapters: 100, base: 20 },
  federation: { traffic: { up: 3 * MIB, down: 4 * MIB, setUp: { up: MIB, down: 0 } }, epsilon: 8 },
  calls: 6,
  questions: 30,
};

const formats: Formats = {
  count: (value) => `${value}`,
  integer: (value) => `${value}`,
  bytes: (value) => `${value} B`,
  milliseconds: (value) => `${value} ms`,
  seconds: (value) => `${value} s`,
  number: (value, digits = 4) => `${Number(value.toPrecision(digits))}`,
};

test.each([
  [[3, 1, 2], 2],
  [[1, 10, 2, 3], 2.5],
  [[4], 4],
  [[], 0],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

describe('measures of a configuration', () => {
  test('combine its seeds, each in its own way', () => {
    expect(measured(seeds)).toEqual({
      trainableParameters: 100,
      adapterBytes: 400,
      measuredPeakBytes: 9,
      // The base scored the same for both seeds, and was read with one.
      compression: { parameters: 32, bytes: 126, ratio: 0.525, before: 3 },
      medianStepMs: 6.5,
      // A training without a step reports 0.
      tokensPerSecond: 10,
      forgetting: { measured: true, data: 'books', examples: 8, before: 2, after: 2.75 },
      flips: { outputs: 4, before: 0.5, after: 0.375, negative: 0.375, positive: 0.25 },
      measures: {
        ...{ flops: 14, trainingSeconds: 3, stepCpuMs: 4.5 },
        ...{ communicationMiB: 2048 / MIB, bytesUp: 1024, bytesDown: 1024 },
        ...{ aggregationError: 0.375, worstClient: 4.5, epsilon: 3 },
        // A fifth below the truth at worst, and two fifths above it.
        propensityError: expect.closeTo(0.3, 12),
        encodedTexts: 100,
        feedbackDrift: 0.25,
        indexRecall: 0.975,
        ...{ chosenExamples: 3, selectionGradients: 12, transportCost: 0.75 },
        ...{ writtenTexts: 6, writtenTokens: 72, writtenPrice: 0.25 },
        ...{
          callsPerQuery: 5.5,
          tokensPerQuery: 21,
          pricePerQuery: 0.00075,
          generatorSeconds: 1.5,
          orderAgreement: 0.5,
        },
        ...{ victimQueries: 25, imitationAgreement: 0.75, triggerPerplexity: 40 },
        judgedRight: 0.625,
        questRecall: 0.5,
        questF1: 0.25,
      },
    });
  });

  test('gives null where no seed has a value', () => {
    const row = measured([nothing]);
    expect(Object.entries(row).filter(([, value]) => value !== null)).toEqual([['measures', {}]]);
    for (const measure of measures) expect(onRow(row, measure), measure.name).toBeNull();
    for (const measure of measures) expect(amountOnRow(row, measure), measure.name).toBeNull();
  });

  test('say why nothing was measured where no seed was', () => {
    const forgetting = { measured: false, reason: 'there is no data' };
    expect(measured([{ ...nothing, scoring: { forgetting } }]).forgetting).toEqual(forgetting);
  });

  test('tells a measure that needs no rank of rows without one', () => {
    expect(measured(seeds, 'withoutRank')).toMatchObject({
      trainableParameters: 100,
      measuredPeakBytes: 9,
      measures: { flops: 14 },
      adapterBytes: null,
      medianStepMs: null,
      tokensPerSecond: null,
      forgetting: null,
      flips: null,
    });
  });

  test('take a step by the processor that it uses, and show no time of a clock on the wall', () => {
    const shown = measures
      .filter((one) => linesOf(one).length > 0 || columnsOf(one).length > 0)
      .map(({ name }) => name);
    for (const of of [shown, comparedMeasures.map(({ name }) => name)]) {
      expect(of).toContain('stepCpuMs');
      for (const name of ['medianStepMs', 'tokensPerSecond', 'trainingSeconds']) expect(of).not.toContain(name);
    }
    const time = findMeasure('stepCpuMs')!;
    expect([time.title, time.unit, time.direction]).toEqual(['Processor time of a step', 'milliseconds', 'minimize']);
    expect(amountOnRow(measured(seeds), time)).toBe(4.5);
  });

  test('count no tokens of examples that have none', () => {
    expect(measured(seeds.map((known) => ({ ...known, hasTokens: false }))).tokensPerSecond).toBeNull();
  });

  test.each([
    ['1e3', 'flops=1e3', 1000],
    ['a whole number', 'measuredPeakBytes=2048', 2048],
  ])('are limited by %s', (_, text, most) => {
    const limit = parseLimit(text)!;
    expect([limit.measure.name, limit.most]).toEqual([text.split('=')[0], most]);
  });

  test.each([
    ['no measure', 'luck=3'],
    ['no limit', 'flips=1'],
    ['no number', 'flops=many'],
    ['nothing', 'flops'],
  ])('are not limited by %s', (_, text) => {
    expect(parseLimit(text)).toBeUndefined();
  });
});

describe('limits of a sweep', () => {
  test('hold the traffic of a federation in MiB, and a federation without noise against any ε', () => {
    const of = (federation: Planned['federation']) =>
      predictionsOf({ ...planned, federation }, ['communicationMiB', 'epsilon']);
    const predictions = of(planned.federation);
    expect(excessOver(predictions, { communicationMiB: 7, epsilon: 8 })).toBeUndefined();
    expect(exceedsLimit(excessOver(predictions, { communicationMiB: 6.5 })!)).toBe(
      'predicted Communication: 7 MiB, above the limit of 6.5 MiB; largest part: to clients (4 MiB)',
    );
    const open = of({ traffic: planned.federation!.traffic });
    expect(exceedsLimit(excessOver(open, { epsilon: 8 })!)).toMatch(/^predicted ε: ∞, above the limit of 8/);
    // A training that is no federation sends nothing that anybody says.
    expect(of(undefined).get('communicationMiB')).toBeUndefined();
  });

  test('combine with each memory budget and with each other', () => {
    const limits = { flops: [1, 2], trainableParameters: [3] };
    expect(budgetsOf({ memoryBudgetMiB: [8, 16], limits })).toEqual([
      { memoryBudgetMiB: 8, limits: { flops: 1, trainableParameters: 3 } },
      { memoryBudgetMiB: 8, limits: { flops: 2, trainableParameters: 3 } },
      { memoryBudgetMiB: 16, limits: { flops: 1, trainableParameters: 3 } },
      { memoryBudgetMiB: 16, limits: { flops: 2, trainableParameters: 3 } },
    ]);
    expect(budgetsOf({ memoryBudgetMiB: [8] })).toEqual([{ memoryBudgetMiB: 8 }]);
  });

  test('refuse a measure that is not predicted, and a value that stands twice', () => {
    const request = { name: 'a', task: 'moby-dick', base: 'tiny', methods: [{ name: 'lora' }], memoryBudgetMiB: [8] };
    const { error } = CreateSweep.safeParse({ ...request, limits: { flips: [1], flops: [1, 1] } });
    expect(error!.issues.map(({ path, message }) => [path.join('/'), message])).toEqual([
      ['limits/flops/1', 'duplicate value 1: each value of an axis may stand once'],
      [
        'limits/flips',
        '"flips" is not predicted; predicted are trainableParameters, flops, communicationMiB, epsilon, callsPerQuery, victimQueries',
      ],
    ]);
  });
});

test.each(measures.filter(({ predict }) => predict !== undefined).map((measure) => [measure.name, measure] as const))(
  'the predicted measure %s limits boards as it limits sweeps, and predicts the sum of its parts',
  (name, measure) => {
    expect(measure.limits).toBe(true);
    const { amount, parts } = measure.predict!(planned)!;
    expect(amount).toBeGreaterThan(0);
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(amount);
    const predictions = predictionsOf(planned, [name]);
    expect(excessOver(predictions, { [name]: amount })).toBeUndefined();
    const excess = excessOver(predictions, { [name]: amount / 2 })!;
    const [largest] = Object.entries(parts).sort(([, a], [, b]) => b - a);
    expect(exceedsLimit(excess)).toMatch(new RegExp(`^predicted ${measure.title}: .*; largest part: ${largest![0]}`));
    expect(excessOver(predictionsOf({ ...planned, work: undefined }, [name]), { [name]: amount })).toBeUndefined();
  },
);

interface Described {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Described[];
  oneOf?: Described[];
  items?: Described;
  properties?: Record<string, Described>;
  additionalProperties?: Described;
  $ref?: string;
  $defs?: Record<string, Described>;
}

/** The first value that a schema has words for; each number is 1, and a record has one field, named as the metric is. */
function sampleOf(described: Described, $defs = described.$defs ?? {}): unknown {
  const { type, items, properties = {}, additionalProperties, ...one } = described;
  if (one.$ref) return sampleOf($defs[one.$ref.split('/').at(-1)!]!, $defs);
  const choices = one.anyOf ?? one.oneOf;
  if (choices) return sampleOf(choices[0]!, $defs);
  if ('const' in one) return one.const;
  if (one.enum) return one.enum[0];
  if (type === 'array') return [sampleOf(items!, $defs)];
  if (type === 'string') return 'text';
  if (type === 'boolean') return true;
  if (type !== 'object') return 1;
  const more = additionalProperties?.type ? { [nothing.metric]: additionalProperties } : {};
  const fields = Object.entries({ ...properties, ...more });
  return Object.fromEntries(fields.map(([name, field]) => [name, sampleOf(field, $defs)]));
}

/** A result that has each field which some measure reads. */
const reported = Object.fromEntries(
  measures.flatMap(({ reports = {} }) =>
    Object.entries(reports).map(([name, schema]) => [name, sampleOf(z.toJSONSchema(schema) as Described)]),
  ),
);
const known: Known = { ...seeds[0]!, training: { ...seeds[0]!.training, ...reported }, scoring: reported };

describe.each(measures.map((measure) => [measure.name, measure] as const))('the measure %s', (name, measure) => {
  const row = measured([known]);

  test('has a name and a column of its own, and a value of its schema', () => {
    expect(measures.filter((other) => other.name === name)).toHaveLength(1);
    const ids = measures.flatMap((other) => columnsOf(other).map(({ id }) => id));
    for (const { id } of columnsOf(measure)) expect(ids.filter((other) => other === id)).toHaveLength(1);
    expect(findMeasure(name)).toBe(measure);
    expect(measure.schema.safeParse(onRow(row, measure)).success).toBe(true);
    const { shape } = LeaderboardRow;
    expect(name in shape || name in row.measures).toBe(true);
  });

  test('reads what a result has a field for', () => {
    const fields = Object.keys(measure.reports ?? {});
    expect(Object.keys(TrialResult.shape)).toEqual(expect.arrayContaining(fields));
    for (const field of fields) {
      expect(measure.reports![field]!.safeParse(reported[field]), field).toMatchObject({ success: true });
    }
  });

  test('writes a number on an axis and a text in a cell', () => {
    expect(amountOnRow(row, measure)).toEqual(expect.any(Number));
    const value = onRow(row, measure);
    const plain = () => formatted(value as number, measure.unit, formats);
    const cells = columnsOf(measure).map(({ cell }) => cell?.(value, formats).text ?? plain());
    const lines = linesOf(measure).map(({ text }) => text?.(value, formats) ?? plain());
    for (const text of [...cells, ...lines]) expect(text).toMatch(/\d/);
  });

  test('finds no measure by name where it is shown or ranked', () => {
    const readers = ['apps/cli/src/output', 'apps/dashboard/src/features/leaderboard', 'apps/api/src/boards'];
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const { stdout, status } = spawnSync('git', ['grep', '-lw', name, '--', ...readers], {
      cwd: root,
      encoding: 'utf8',
    });
    // 1: nothing was found.
    expect([stdout, status]).toEqual(['', 1]);
  });
});

test('memory is what the front holds the score against where nothing else is asked for', () => {
  expect(findMeasure(defaultCost)).toMatchObject({ unit: 'bytes', direction: 'minimize', limits: true });
});
