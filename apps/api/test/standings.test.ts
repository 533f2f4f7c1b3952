import type { Leaderboard } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { boardOf } from '../../../test/support/boards.js';
import { buildStandings } from '../src/leaderboard/standings.js';

type BoardRow = Leaderboard['rows'][number];

function row(method: string, score: number | null, more: Partial<BoardRow> = {}): BoardRow {
  return {
    name: method,
    method,
    optimizer: 'adamw',
    rank: 8,
    trainedRank: null,
    keeps: null,
    learningRate: 1e-3,
    config: {},
    status: score === null ? 'does-not-fit' : 'scored',
    seeds: 3,
    validation: score,
    score,
    interval: score === null ? null : [score - 1, score + 1],
    intervalCovers: score === null ? null : 'seeds-and-examples',
    group: score === null ? null : 'a',
    trainableParameters: 100,
    adapterBytes: 400,
    predicted: null,
    measuredPeakBytes: null,
    medianStepMs: null,
    tokensPerSecond: null,
    compression: null,
    steps: 60,
    pareto: false,
    tuningTrials: 3,
    tuningSteps: 30,
    edges: [],
    smallestBudgetMiB: 64,
    reason: score === null ? 'predicted 70 MiB, budget 64 MiB' : null,
    forgetting: null,
    flips: null,
    measures: {},
    trialIds: [],
    ...more,
  };
}

function board(task: string, direction: 'minimize' | 'maximize', rows: BoardRow[]): Leaderboard & { title: string } {
  const metric = { name: direction === 'minimize' ? 'perplexity' : 'accuracy', direction };
  return { ...boardOf({ task, metric: { ...metric, range: [0, null] }, rows }), title: task };
}

describe('buildStandings', () => {
  const standings = buildStandings([
    board('text', 'minimize', [row('dora', 20), row('lora', 21), row('vera', 30), row('full-ft', null)]),
    board('spam', 'maximize', [
      row('lora', 0.9),
      row('dora', 0.8),
      row('vera', 0.7),
      row('lora', 0.85, { optimizer: 'sgd' }),
    ]),
  ]);

  it('ranks who has a score on every board, and lists the others with what they have', () => {
    expect(standings.rows.map(({ method, optimizer, meanPlace }) => [method, optimizer, meanPlace])).toEqual([
      ['dora', 'adamw', 1.5],
      ['lora', 'adamw', 1.5],
      ['vera', 'adamw', 3],
      ['full-ft', 'adamw', null],
      ['lora', 'sgd', null],
    ]);
  });

  it('keeps the place, the interval and the reason of every cell', () => {
    const [dora, , , full, sgd] = standings.rows;
    expect(dora!.cells.map((cell) => [cell!.place, cell!.score, cell!.interval])).toEqual([
      [1, 20, [19, 21]],
      [2, 0.8, [0.8 - 1, 1.8]],
    ]);
    expect(full!.cells).toEqual([
      expect.objectContaining({ place: null, status: 'does-not-fit', reason: 'predicted 70 MiB, budget 64 MiB' }),
      null,
    ]);
    expect(sgd!.cells[0]).toBeNull();
  });

  it('tells nobody apart on two boards that disagree', () => {
    // By hand: Σ(R̄ − 2)² = 0.5² + 0.5² + 1² = 1.5; χ² = 2·1.5 / 1 = 3, F = 1·3 / (2·2 − 3) = 3.
    expect(standings.test!.chiSquared).toBeCloseTo(3, 12);
    expect(standings.test!.pValue).toBeCloseTo(0.25, 12);
    expect(standings.rows.map(({ group }) => group)).toEqual(['a', 'a', 'a', null, null]);
  });

  it('ranks over the boards that have scores, and lists the others', () => {
    const withoutScores = board('spam', 'maximize', [row('dora', null), row('vera', null)]);
    const { rows, boards } = buildStandings([
      withoutScores,
      board('text', 'minimize', [row('dora', 20), row('lora', 21)]),
    ]);
    expect(boards.map(({ task }) => task)).toEqual(['spam', 'text']);
    expect(rows.map(({ method, meanPlace, cells }) => [method, meanPlace, cells.map((cell) => cell?.place)])).toEqual([
      ['dora', 1, [null, 1]],
      ['lora', 2, [undefined, 2]],
      ['vera', null, [null, undefined]],
    ]);
  });

  it('takes the row of each contender that read as much as most contenders did, whatever its score', () => {
    const [{ rows }] = [
      buildStandings([
        board('text', 'minimize', [
          row('lora', 18, { steps: 900 }),
          row('dora', 20, { steps: 300 }),
          row('lora', 21, { steps: 300 }),
          row('vera', 22, { steps: 40 }),
          row('vera', null, { steps: 300 }),
        ]),
      ]),
    ];
    expect(rows.map(({ method, cells: [cell] }) => [method, cell!.score, cell!.place])).toEqual([
      ['dora', 20, 1],
      ['lora', 21, 2],
      ['vera', 22, 3],
    ]);
  });

  it('makes no test of one board', () => {
    const single = buildStandings([board('text', 'minimize', [row('dora', 20), row('lora', 21)])]);
    expect(single.test).toBeNull();
    expect(single.rows.map(({ meanPlace, group }) => [meanPlace, group])).toEqual([
      [1, null],
      [2, null],
    ]);
  });

  it('is empty where there is no board', () => {
    expect(buildStandings([])).toEqual({ boards: [], rows: [], alpha: 0.05, test: null });
  });
});
