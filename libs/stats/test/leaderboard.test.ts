import { describe, expect, it } from 'vitest';
import { type Configuration, leaderboard, selectPerMethod } from '../src/index.js';

const configuration = (
  key: string,
  method: string,
  validations: number[],
  test?: (seed: number) => number[],
): Configuration => ({
  key,
  method,
  seeds: validations.map((validation, seed) => ({
    seed,
    validation,
    ...(test && { test: { examples: test(seed) } }),
  })),
});

describe('selectPerMethod', () => {
  it.each([
    ['minimize', 'lora-b'],
    ['maximize', 'lora-a'],
  ] as const)('chooses by the mean over seeds (%s)', (direction, key) => {
    // Means 3 and 2.5, though the single best and the single worst seed are a's.
    const rows = [configuration('lora-a', 'lora', [1, 5]), configuration('lora-b', 'lora', [2, 3])];
    expect(selectPerMethod(rows, direction)).toEqual([
      {
        method: 'lora',
        configuration: rows.find((row) => row.key === key),
        validation: key === 'lora-a' ? 3 : 2.5,
        candidates: 2,
      },
    ]);
  });

  it('does not look at the test scores', () => {
    const rows = [configuration('a', 'lora', [2], () => [9, 9]), configuration('b', 'lora', [3], () => [1, 1])];
    expect(selectPerMethod(rows, 'minimize')[0]!.configuration.key).toBe('a');
  });

  it('does not let a lucky single seed win over a repeated configuration', () => {
    const rows = [configuration('once', 'lora', [1]), configuration('thrice', 'lora', [2, 2, 2])];
    expect(selectPerMethod(rows, 'minimize')[0]).toMatchObject({ configuration: { key: 'thrice' }, candidates: 1 });
  });

  it('breaks ties by key and puts a diverged run last in both directions', () => {
    const rows = [
      configuration('c', 'lora', [2]),
      configuration('b', 'lora', [2]),
      configuration('a', 'lora', [Number.NaN]),
    ];
    for (const direction of ['minimize', 'maximize'] as const) {
      expect(selectPerMethod(rows, direction)[0]!.configuration.key).toBe('b');
    }
  });

  it('leaves out a method without a finished run and keeps the order of the rest', () => {
    const rows = [configuration('z', 'z', [1]), configuration('n', 'none', []), configuration('a', 'a', [2])];
    expect(selectPerMethod(rows, 'minimize').map((selection) => selection.method)).toEqual(['z', 'a']);
  });
});

describe('leaderboard', () => {
  const wave = (level: number, wobble: number) => (seed: number) =>
    Array.from({ length: 40 }, (_, e) => level + Math.sin(e) + wobble * Math.sin(7 * e + 3 * seed));

  it('ranks by test score, ties what cannot be told apart, and names the pairs that can', () => {
    const board = leaderboard({
      rows: [
        configuration('far', 'ia3', [3, 3, 3], wave(3, 0.05)),
        configuration('near', 'dora', [2, 2, 2], wave(2.0003, 0.06)),
        configuration('best', 'lora', [2, 2, 2], wave(2, 0.05)),
      ],
      direction: 'minimize',
    });
    expect(board.entries.map((entry) => [entry.method, entry.letters.join('')])).toEqual([
      ['lora', 'a'],
      ['dora', 'a'],
      ['ia3', 'b'],
    ]);
    expect(board.pairs.map((pair) => [...pair.methods, pair.different])).toEqual([
      ['lora', 'dora', false],
      ['lora', 'ia3', true],
      ['dora', 'ia3', true],
    ]);
    expect(board.entries[0]!.score).toMatchObject({ covers: 'seeds-and-examples', seeds: 3, examples: 40 });
  });

  it('gives every pair an interval that is wider than its own and agrees with its adjusted p', () => {
    const { pairs } = leaderboard({
      rows: [
        configuration('far', 'ia3', [3, 3, 3], wave(3, 0.05)),
        configuration('near', 'dora', [2, 2, 2], wave(2.0003, 0.06)),
        configuration('best', 'lora', [2, 2, 2], wave(2, 0.05)),
      ],
      direction: 'minimize',
    });
    for (const { effect, simultaneous, different } of pairs) {
      expect(simultaneous.high - simultaneous.low).toBeGreaterThan(effect.high - effect.low);
      expect(simultaneous.low >= 0 || simultaneous.high <= 0).toBe(different);
    }
  });

  it('does not test a pair of which a side was trained with one seed, and leaves it out of the correction', () => {
    const rows = [
      configuration('far', 'ia3', [3, 3, 3], wave(3, 0.05)),
      configuration('best', 'lora', [2, 2, 2], wave(2, 0.05)),
    ];
    const [alone] = leaderboard({ rows, direction: 'minimize' }).pairs;
    const once = configuration('once', 'dora', [9], wave(9, 0.05));
    const board = leaderboard({ rows: [...rows, once], direction: 'minimize' });
    expect(board.entries.map((entry) => [entry.method, entry.letters.join('')])).toEqual([
      ['lora', 'a'],
      ['ia3', 'b'],
      ['dora', 'ab'],
    ]);
    expect(board.pairs[0]).toEqual(alone);
    for (const { methods, covers, adjustedP, different, simultaneous } of board.pairs.slice(1)) {
      expect({ methods: methods[1], covers, adjustedP, different }).toEqual({
        methods: 'dora',
        covers: 'examples-only',
        adjustedP: 1,
        different: false,
      });
      expect(simultaneous.high).toBe(0);
    }
    // Of a method that trains nothing one seed says all.
    const fixed = leaderboard({ rows: [...rows, { ...once, seedless: true }], direction: 'minimize' });
    expect(fixed.entries.map((entry) => entry.letters.join(''))).toEqual(['a', 'b', 'c']);
  });

  it('puts the highest score first where the metric is maximized', () => {
    const rows = [
      configuration('low', 'a', [0.5], () => [0, 1, 0, 1]),
      configuration('high', 'b', [0.4], () => [1, 1, 0, 1]),
    ];
    const { entries } = leaderboard({ rows, direction: 'maximize' });
    expect(entries.map((entry) => [entry.method, entry.score?.estimate])).toEqual([
      ['b', 0.75],
      ['a', 0.5],
    ]);
  });

  it('reports perplexity as the exponential of the mean, and ratios of it', () => {
    const rows = [configuration('a', 'a', [2], () => [1, 2, 3]), configuration('b', 'b', [2], () => [2, 2, 5])];
    const linear = leaderboard({ rows, direction: 'minimize' });
    const perplexity = leaderboard({ rows, direction: 'minimize', scale: 'exp-mean' });
    expect(perplexity.entries[0]!.score!.estimate).toBeCloseTo(Math.exp(2), 12);
    expect(perplexity.entries[1]!.score!.low).toBeCloseTo(Math.exp(linear.entries[1]!.score!.low), 12);
    expect(perplexity.pairs[0]!.effect.kind).toBe('ratio');
    // exp(mean(1, 2, 3) − mean(2, 2, 5)) = exp(2 − 3)
    expect(perplexity.pairs[0]!.effect.estimate).toBeCloseTo(Math.exp(-1), 12);
    expect(perplexity.pairs[0]!.p).toBe(linear.pairs[0]!.p);
  });

  it('keeps unscored entries below the scored ones, with the reason and no letter', () => {
    const board = leaderboard({
      rows: [
        configuration('new', 'lora', [1]),
        configuration('broken', 'ia3', [1.5], () => [1, Number.NaN]),
        configuration('short', 'vera', [2], () => [1]),
        configuration('uneven', 'oft', [3, 3], (seed) => [1, 2, 3].slice(seed)),
        configuration('scored', 'dora', [9], () => [1, 2]),
      ],
      direction: 'minimize',
    });
    expect(board.entries.map(({ method, unscored, letters }) => [method, unscored, letters])).toEqual([
      ['dora', undefined, ['a']],
      ['lora', 'no run of the chosen configuration has been scored on the test split', []],
      ['ia3', 'the test scores of seed 0 are not all finite', []],
      ['vera', 'the test split has one example: an interval needs two at least', []],
      ['oft', 'the seeds were scored on test splits of 3 and 2 examples', []],
    ]);
    expect(board.pairs).toEqual([]);
  });

  it('is empty for no rows and refuses a confidence that is none', () => {
    expect(leaderboard({ rows: [], direction: 'minimize' })).toMatchObject({
      confidence: 0.95,
      entries: [],
      pairs: [],
    });
    expect(() => leaderboard({ rows: [], direction: 'minimize', confidence: 95 })).toThrow(
      new RangeError('leaderboard: expected confidence between 0 and 1, got 95'),
    );
  });
});
