import { readingOf } from '@rankforge/boards';
import {
  boardVerdictText,
  fewExamplesRemark,
  type TrialSpec,
  tuningStages,
  untestedRemark,
} from '@rankforge/contracts';
import type { MetricInfo } from '@rankforge/peft';
import { findTask } from '@rankforge/tasks';
import { describe, expect, it } from 'vitest';
import { spec } from '../../../test/support/trials.js';
import { answeredBoard } from '../src/leaderboard/answered-board.js';
import type { BoardData, BoardTrial } from '../src/leaderboard/board-trials.js';
import { buildBoard } from '../src/leaderboard/build-board.js';
import { scoreKey, trainKey } from '../src/planning/trial-key.js';

const task = findTask('moby-dick')!;
const metric: MetricInfo = { name: 'perplexity', direction: 'minimize', range: [1, null], scale: 'exp-mean' };
const examples = Array.from({ length: 50 }, (_, at) => 3 + Math.sin(at));

interface Trained {
  learningRate: number;
  libraryVersion: string;
  dataVersion?: number;
  method?: string;
  training?: Partial<TrialSpec['training']>;
  engine?: TrialSpec['engine'];
}

/** Seeds of a learning rate, one for each loss, trained by a release of the library, with their validation and test scores. */
function trainings(
  { learningRate, libraryVersion, dataVersion, method, training, engine }: Trained,
  { validation, above }: { validation: number; above: readonly number[] },
): { trial: BoardTrial; score: [string, { examples: number[]; result: object }] }[] {
  return above.map((loss, seed) => {
    const own: TrialSpec = {
      ...spec,
      learningRate,
      seed,
      ...(dataVersion && { dataVersion }),
      ...(method && { method }),
      ...(engine && { engine, competingEngine: engine }),
      training: { ...spec.training, ...training },
    };
    const key = trainKey(own, { dataHash: `d${dataVersion ?? ''}`, baseSha256: 'b', libraryVersion });
    const memory = { weights: 1, adapters: 1, gradients: 1, optimizer: 1, activations: 1, workspace: 1, total: 6 };
    const trial: BoardTrial = {
      id: JSON.stringify([libraryVersion, dataVersion, learningRate, seed, method, training, engine]),
      key,
      state: 'SUCCEEDED',
      spec: own,
      predicted: memory,
      measuredBytes: 6,
      memoryBudgetMiB: 64,
      step: 100,
      reason: null,
      dropped: null,
      stage: null,
      result: { validation: { perplexity: validation } },
    };
    return { trial, score: [scoreKey(key, own), { examples: examples.map((each) => each + loss), result: {} }] };
  });
}

function board(
  made: ReturnType<typeof trainings>,
  by: 'method' | 'configuration' = 'method',
  unread: BoardData['unread'] = new Map(),
  unfinished: BoardData['unfinished'] = new Set(),
) {
  const data: BoardData = {
    trials: made.map(({ trial }) => trial),
    scores: new Map(made.map(({ score }) => score)),
    unread,
    unfinished,
    budgetsMiB: [64],
    limits: {},
    scenarios: [],
    scenario: null,
    active: 1,
  };
  return buildBoard({ task: task.name, base: spec.base, kind: 'finetune', by }, task, metric, data, {
    ...readingOf({}),
    workOf: () => undefined,
    plannedOf: () => undefined,
  });
}

const better = { learningRate: 0.001, libraryVersion: '1' };
const worse = { learningRate: 0.01, libraryVersion: '1' };
const found = { validation: 20, above: [-0.05, 0, 0.05] };
const lost = { validation: 30, above: [0.95, 1, 1.05] };

it('counts a seed once that was trained again by a later release, and takes its newest training', () => {
  const once = [...trainings(better, found), ...trainings(worse, lost)];
  const again = trainings({ ...better, libraryVersion: '2' }, { ...found, above: [-0.06, 0.01, 0.05] });
  const alone = board([...again, ...trainings(worse, lost)]);
  expect(alone.rows[0]).toMatchObject({ learningRate: 0.001, seeds: 3 });
  for (const all of [
    [...once, ...again],
    [...again, ...once],
  ]) {
    const { score, interval, seeds } = board(all).rows[0]!;
    expect({ score, interval, seeds }).toEqual({
      score: alone.rows[0]!.score,
      interval: alone.rows[0]!.interval,
      seeds: 3,
    });
  }
});

it('counts the seeds that a score is of, and says how many have none', () => {
  const [whole, failed] = [trainings(better, found), trainings(better, found)];
  const scores = failed.map(({ score }) => score);
  failed[1]!.score = ['of another trial', scores[1]![1]];
  const [row] = board(failed).rows;
  expect(row).toMatchObject({ status: 'scored', seeds: 2, reason: '1 of 3 seeds has no test score' });
  expect(row!.score).toBe(board([whole[0]!, whole[2]!]).rows[0]!.score);
  expect(board(whole).rows[0]).toMatchObject({ seeds: 3, reason: null });
});

it('keeps the configuration that validation chose where another was trained twice', () => {
  const twice = [...trainings(worse, lost), ...trainings({ ...worse, libraryVersion: '2' }, lost)];
  expect(board([...trainings(better, found), ...twice]).rows[0]).toMatchObject({ learningRate: 0.001, validation: 20 });
});

it('tells trainings on a later version of the data from earlier ones, and says which each row is', () => {
  const all = [...trainings(better, found), ...trainings({ ...better, dataVersion: 2 }, { ...found, validation: 19 })];
  const rows = board(all, 'configuration').rows.map(({ seeds, settings }) => ({ seeds, settings }));
  expect(rows).toHaveLength(2);
  expect(rows).toContainEqual({ seeds: 3, settings: { dataVersion: 2 } });
  expect(rows).toContainEqual({ seeds: 3, settings: {} });
  expect(board(all).rows[0]).toMatchObject({ seeds: 3, validation: 19 });
});

it('holds rows against the predictor that reads no input on the data of the row that leads', () => {
  const of = (dataVersion: number | undefined, perplexity: number, above: number[], count: number) =>
    trainings({ ...better, ...(dataVersion && { dataVersion }) }, { ...found, above }).map(
      ({ trial, score: [key, one] }) => {
        const trivial = { name: 'unigram', metrics: { perplexity } };
        const score: [string, typeof one] = [key, { examples: one.examples.slice(0, count), result: { trivial } }];
        return { trial, score };
      },
    );
  const [old, leading] = [of(undefined, 90, [1, 1.1, 1.2], 40), of(2, 70, [0, 0.1, 0.2], 50)];
  for (const all of [
    [...old, ...leading],
    [...leading, ...old],
  ]) {
    const { rows, references, testExamples } = board(all, 'configuration');
    expect(rows[0]!.settings).toEqual({ dataVersion: 2 });
    expect({ references, testExamples }).toEqual({ references: [{ name: 'unigram', score: 70 }], testExamples: 50 });
  }
});

it('shows both values of a field that the method and the optimizer have, so that rows differ', () => {
  const all = [0.9, 0.95].flatMap((beta1, at) =>
    trainings({ ...better, learningRate: 0.001 }, found).map(({ trial, score }) => {
      const methodConfig = { beta1: 0.85 };
      const key = `${trial.key}-${at}`;
      return {
        trial: { ...trial, id: key, key, spec: { ...trial.spec, methodConfig, optimizerConfig: { beta1 } } },
        score,
      };
    }),
  );
  const configs = board(all, 'configuration').rows.map(({ config }) => config);
  expect(configs).toHaveLength(2);
  expect(configs).toContainEqual({ 'config.beta1': 0.85, 'optimizerConfig.beta1': 0.9 });
  expect(configs).toContainEqual({ 'config.beta1': 0.85, 'optimizerConfig.beta1': 0.95 });
});

it('says how little few test examples tell, where each is right or wrong', () => {
  const of = (right: number, examples: number) =>
    board(
      trainings(better, found).map(({ trial, score: [key, one] }) => ({
        trial,
        score: [key, { ...one, examples: Array.from({ length: examples }, (_, at) => (at < right ? 1 : 0)) }],
      })),
    );
  const few = of(29, 34);
  // Wilson's interval of 29 of 34, by Python.
  expect(few.testShare).toEqual({
    share: 29 / 34,
    low: expect.closeTo(0.69872, 5),
    high: expect.closeTo(0.93551, 5),
  });
  const accuracy = { name: 'accuracy', direction: 'maximize' as const, range: [0, 1] as [number, number] };
  expect(fewExamplesRemark({ ...few, metric: accuracy })).toBe(
    '34 test examples tell little: whoever has 0.85 of these right may have any accuracy from 0.70 to 0.94 on others of the kind (95 % interval of a share), and more seeds do not narrow it.',
  );
  expect(fewExamplesRemark(of(900, 1000))).toBeUndefined();
  expect(board(trainings(better, found)).testShare).toBeUndefined();
});

describe('trainings of other lengths', () => {
  const brief = trainings(
    { ...better, training: { steps: 40 } },
    { validation: 24, above: [0.1, 0.11, 0.12, 0.13, 0.14] },
  );
  const long = trainings({ ...better, training: { steps: 300 } }, { validation: 20, above: [0, 0.01, 0.02] });
  const other = trainings({ ...better, method: 'dora', training: { steps: 300 } }, found);

  it('get rows of their own: more seeds of a shorter training push none aside', () => {
    const rows = board([...brief, ...long, ...other]).rows.map(({ method, steps, seeds }) => [method, steps, seeds]);
    expect(rows).toHaveLength(3);
    expect(rows).toEqual(
      expect.arrayContaining([
        ['lora', 40, 5],
        ['lora', 300, 3],
        ['dora', 300, 3],
      ]),
    );
  });

  it('stand in the verdict', () => {
    expect(boardVerdictText(board([...brief, ...other]))).toContain(
      'These rows were not trained alike: steps 40 or 300.',
    );
    expect(boardVerdictText(board([...long, ...other]))).not.toContain('not trained alike');
  });

  it('choose one configuration still where they only take their batches in parts', () => {
    const training = { steps: 300, batchSize: spec.training.batchSize * 2, accumulate: 1 };
    const whole = trainings({ ...better, training }, { ...found, validation: 19 });
    const parts = { ...training, batchSize: spec.training.batchSize, accumulate: 2 };
    const made = [...whole, ...trainings({ ...better, training: parts }, found)];
    expect(board(made).rows).toMatchObject([{ seeds: 3, validation: 19 }]);
    expect(
      boardVerdictText(board([...made, ...trainings({ ...better, method: 'dora', training: parts }, found)])),
    ).not.toContain('not trained alike');
  });
});

describe('a row', () => {
  /** Three seeds, of which those of later places ended otherwise, untested. */
  const ending = (states: readonly BoardTrial['state'][]) =>
    trainings(better, found).map(({ trial, score }, at) => {
      const state = states[at] ?? 'SUCCEEDED';
      return { trial: { ...trial, state, result: state === 'SUCCEEDED' ? trial.result : null }, score };
    });

  it('says how many of its seeds failed or did not fit', () => {
    const reasonOf = (...states: BoardTrial['state'][]) => board(ending(states)).rows[0]!.reason;
    expect(reasonOf('SUCCEEDED', 'FAILED', 'FAILED')).toBe('2 of 3 seeds failed');
    expect(reasonOf('OVER_BUDGET', 'FAILED')).toBe('1 of 3 seeds failed; 1 of 3 seeds did not fit');
    expect(reasonOf('RUNNING')).toBeNull();
    // A seed that a later release trained is not lost.
    const again = trainings({ ...better, libraryVersion: '2' }, found);
    expect(board([...ending(['FAILED']), ...again]).rows[0]).toMatchObject({ seeds: 3, reason: null });
  });

  it('counts the fresh seeds of a fair protocol that were lost', () => {
    const staged = (made: ReturnType<typeof ending>, stage: string) =>
      made.map(({ trial, score }) => ({ trial: { ...trial, stage }, score }));
    const tuned = staged(trainings({ ...worse, libraryVersion: 'tuned' }, lost), tuningStages[0]!);
    const finals = staged(ending(['FAILED', 'OVER_BUDGET']), 'final');
    expect(board([...tuned, ...finals]).rows[0]!.fair).toMatchObject({ finalSeeds: [2], finalLost: 2 });
    const none = board([...tuned, ...staged(ending(['FAILED', 'FAILED', 'FAILED']), 'final')]).rows[0]!;
    expect(none).toMatchObject({ status: 'failed', fair: { finalSeeds: [], finalLost: 3 } });
  });

  it('says why a scoring did not succeed', () => {
    const made = trainings(better, found);
    const lacking = (count: number) =>
      made.map(({ trial, score }, at) => ({ trial, score: at < count ? (['none', score[1]] as typeof score) : score }));
    const key = made[0]!.score[0];
    const failed = new Map([[key, { state: 'FAILED' as const, reason: 'no such adapter' }]]);
    expect(board(lacking(1), 'method', failed).rows[0]).toMatchObject({
      status: 'scored',
      reason: '1 of 3 seeds has no test score: no such adapter',
    });
    expect(board(lacking(3), 'method', failed).rows[0]).toMatchObject({
      status: 'unscored',
      reason: 'no run of the chosen configuration has been scored on the test split: no such adapter',
    });
  });

  it('is not scored yet while a sweep of its trainings has not ended, which scores them once its last training has', () => {
    const made = trainings(better, found);
    const without = (count: number) =>
      made.map(({ trial, score }, at) => ({ trial, score: at < count ? (['none', score[1]] as typeof score) : score }));
    const unfinished = new Set(made.map(({ trial }) => trial.key));
    const rowOf = (...of: Parameters<typeof board>) => board(...of).rows[0]!;
    expect(rowOf(without(2), 'method', new Map(), unfinished)).toMatchObject({
      status: 'scored',
      seeds: 1,
      reason: null,
    });
    expect(rowOf(without(3), 'method', new Map(), unfinished).status).toBe('unscored');
    expect(rowOf(without(2)).reason).toBe('2 of 3 seeds have no test score');
  });

  it('says the state of its own trials, whatever else the board waits for', () => {
    const made = trainings(better, found).map(({ trial, score }) => ({
      trial,
      score: ['none', score[1]] as typeof score,
    }));
    const statusOf = (...of: Parameters<typeof board>) => board(...of).rows[0]!.status;
    expect(statusOf(made)).toBe('unscored');
    const key = scoreKey(made[0]!.trial.key, made[0]!.trial.spec);
    const scoring = (state: BoardTrial['state']) => statusOf(made, 'method', new Map([[key, { state, reason: null }]]));
    expect([scoring('RUNNING'), scoring('QUEUED'), scoring('FAILED')]).toEqual(['running', 'queued', 'unscored']);
    const beside = (state: BoardTrial['state']) => {
      const trial = { ...made[0]!.trial, id: 'open', key: 'open', state, result: null };
      return statusOf([...made, { trial, score: made[0]!.score }]);
    };
    expect([beside('RUNNING'), beside('QUEUED'), beside('PENDING')]).toEqual(['running', 'queued', 'queued']);
  });

  it('without a finished training is queued until one of its trials runs', () => {
    const statusOf = (...states: BoardTrial['state'][]) => board(ending(states)).rows[0]!.status;
    expect(statusOf('QUEUED', 'PENDING', 'QUEUED')).toBe('queued');
    expect(statusOf('QUEUED', 'RUNNING', 'FAILED')).toBe('running');
    expect(statusOf('QUEUED', 'FAILED', 'FAILED')).toBe('queued');
  });

  it('does not stand for a configuration whose validation is not finite, which is stored as null', () => {
    const infinite = trainings(worse, { ...lost, validation: null as unknown as number });
    const rows = board([...infinite, ...trainings(better, found)]).rows;
    expect(rows[0]).toMatchObject({ learningRate: 0.001, validation: 20 });
    expect(board(infinite).rows[0]).toMatchObject({ learningRate: 0.01, validation: null });
  });

  it('shares a letter with every other where it was trained with one seed', () => {
    const once = (learningRate: number, loss: number) =>
      trainings({ ...better, learningRate }, { validation: 20, above: [loss] });
    const { rows, comparisons } = board([...once(0.001, 0), ...once(0.01, 1)], 'configuration');
    expect(rows.map(({ group }) => group)).toEqual(['a', 'a']);
    expect(comparisons).toMatchObject([
      { covers: 'examples-only', adjustedPValue: 1, untested: 'one seed: how much the seed does is not known' },
    ]);
    expect(untestedRemark({ comparisons })).toBe(
      '1 of 1 pairs share a letter because they cannot be tested (one seed: how much the seed does is not known).',
    );
  });
});

it('says which configuration leads, what is tied with it, and how many more seeds would tell', () => {
  const near = trainings({ ...better, learningRate: 0.003 }, { validation: 21, above: [0.03, -0.02, 0.05] });
  const { rows, verdict } = board([...trainings(better, found), ...near], 'configuration');
  expect(rows.map(({ learningRate }) => learningRate)).toEqual([0.001, 0.003]);
  expect(verdict).toMatchObject({
    leader: 0,
    tied: [1],
    undecided: [],
    seedless: [],
    // Differences of 0.08, -0.02 and 0: one more than `needed` of libs/stats/test/oracle/seeds/seeds.py, whose power is an integral.
    seeds: { row: 1, further: 73, most: 100, power: 0.8 },
    doesNotFit: 0,
    memoryBudgetMiB: null,
  });
  const alone = board([...trainings(better, { ...found, above: [0] }), ...near], 'configuration');
  expect(alone.verdict).toMatchObject({ leader: 0, tied: [], undecided: [1] });
  expect(alone.verdict.seeds).toBeUndefined();
});

it('names no budget that fits a training which ended over it, though less was predicted', () => {
  const over = trainings(better, found);
  const reason = 'the device ran out of memory before the first step';
  for (const { trial } of over) Object.assign(trial, { state: 'OVER_BUDGET', result: null, reason, step: 0 });
  expect(board(over).rows).toMatchObject([{ status: 'does-not-fit', reason, smallestBudgetMiB: null }]);
  for (const { trial } of over) trial.memoryBudgetMiB = 32;
  expect(board(over).rows).toMatchObject([{ smallestBudgetMiB: 64 }]);
});

describe('answeredBoard', () => {
  const [small, large] = [
    { ...better, method: 'bitfit' },
    { ...better, method: 'full-ft' },
  ];
  /** A method in one MiB and a better one in four, under budgets of two and eight. */
  const made = [
    ...trainings(small, { validation: 22, above: [0.5, 0.6, 0.55] }),
    ...trainings(large, { validation: 20, above: [-0.05, 0, 0.05] }),
  ].map((one) => {
    const total = (one.trial.spec.method === 'bitfit' ? 1 : 4) * 2 ** 20;
    return { ...one, trial: { ...one.trial, measuredBytes: null, predicted: { ...one.trial.predicted, total } } };
  });
  const data = (budgetsMiB: number[]): BoardData => ({
    trials: made.map(({ trial }) => trial),
    scores: new Map(made.map(({ score }) => score)),
    unread: new Map(),
    unfinished: new Set(),
    budgetsMiB,
    limits: {},
    scenarios: [],
    scenario: null,
    active: 0,
  });
  const answers = (budgetsMiB: number[], memoryBudgetMiB?: number) => {
    const query = { task: task.name, base: spec.base, kind: 'finetune', by: 'method', memoryBudgetMiB } as const;
    const reading = { ...readingOf({}), workOf: () => undefined, plannedOf: () => undefined };
    return answeredBoard(query, task, metric, data(budgetsMiB), reading);
  };

  it('answers within each budget, the smallest first, by the row that wins there and all that does not fit', () => {
    const board = answers([0.5, 2, 8, 9]);
    expect(
      board.answers.map(({ memoryBudgetMiB, leader, doesNotFit }) => [
        memoryBudgetMiB,
        leader?.contender,
        doesNotFit.map(({ name, bytes, smallestBudgetMiB }) => [name, bytes, smallestBudgetMiB]),
      ]),
    ).toEqual([
      [
        0.5,
        undefined,
        [
          ['bitfit r4', 2 ** 20, 2],
          ['full-ft r4', 4 * 2 ** 20, 8],
        ],
      ],
      [2, 'bitfit', [['full-ft r4', 4 * 2 ** 20, 8]]],
      [8, 'full-ft', []],
      [9, 'full-ft', []],
    ]);
    expect(board.answers[0]!.text).toBe(
      'Within 0.5 MiB, bitfit r4 (1.0 MiB) and full-ft r4 (4.0 MiB) do not fit, and no row has a score.',
    );
    expect(board.answers[1]!.text).toMatch(
      /^Within 2 MiB, bitfit r4 leads with perplexity .* full-ft r4 \(4\.0 MiB\) does not fit\.$/,
    );
    expect(board.answer).toBe(board.answers.map(({ text }) => text).join('\n'));
    expect(board.answers[2]!.leader!.trialIds).toEqual(board.rows[0]!.trialIds);
  });

  it('answers within the one budget that is asked for as it does beside the others', () => {
    expect(answers([2, 8], 2).answers).toEqual(answers([2, 8]).answers.slice(0, 1));
    expect(answers([2, 8], 2).rows.map(({ status }) => status)).toEqual(['scored', 'does-not-fit']);
  });
});

describe('a board of several engines', () => {
  const on = (engine: TrialSpec['engine'], above: number[], learningRate = 0.001) =>
    trainings({ ...better, learningRate, engine }, { validation: 20, above });
  const torch = on('torch', [-0.05, 0, 0.05]);
  const text = (made: ReturnType<typeof on>) => boardVerdictText(board([...torch, ...made]));

  it('has a row and a column of each engine, and shows that they agree where equal seeds do', () => {
    const made = board([...torch, ...on('tensorflow', [-0.0501, 0.0001, 0.0502])]);
    expect(made.rows.map(({ competingEngine, settings }) => [competingEngine, settings])).toEqual([
      ['torch', { engine: 'torch' }],
      ['tensorflow', { engine: 'tensorflow' }],
    ]);
    // Before the exponential: squares about the means of 0.005 and 0.00503004667; differences of 0.0001, -0.0001 and -0.0002.
    expect(made.verdict.engines).toEqual({
      asked: false,
      pairs: [
        {
          rows: [0, 1],
          engines: ['torch', 'tensorflow'],
          difference: expect.closeTo(Math.expm1(-0.0002 / 3), 7),
          margin: expect.closeTo(Math.expm1(Math.sqrt((0.005 + 0.00503004667) / 4)), 7),
          within: true,
          unjudged: null,
        },
      ],
    });
    expect(boardVerdictText(made)).toContain(
      'tensorflow and torch agree on lora r4: with equal seeds the scores differ by 0.000067 at most, within what another seed does (0.051) by two one-sided tests at α = 0.05.',
    );
    expect(boardVerdictText(made)).not.toContain('not trained alike');
  });

  it('does not say that they agree where equal seeds differ by as much as another seed does', () => {
    expect(text(on('tensorflow', [0, 0.05, 0.1]))).toContain('tensorflow and torch are not shown to agree on lora r4');
  });

  it('compares none where each engine has other settings, or one equal seed', () => {
    expect(text(on('tensorflow', [-0.05, 0, 0.05], 0.002))).toContain(
      'tensorflow and torch are not compared on lora r4: validation chose other settings on each.',
    );
    expect(text(on('tensorflow', [0]))).toContain(
      'tensorflow and torch are not compared on lora r4: that takes two equal seeds or more on each.',
    );
  });
});
