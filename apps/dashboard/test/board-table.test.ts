import { MantineProvider } from '@mantine/core';
import { type Leaderboard, type LeaderboardRow, rowNames } from '@rankforge/contracts';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { BoardTable } from '../src/features/leaderboard/board-table.js';
import { boardColumns } from '../src/features/leaderboard/columns.js';
import { columnsOn } from '../src/features/leaderboard/use-columns.js';

const row: LeaderboardRow = {
  method: 'lora',
  optimizer: 'adamw',
  rank: 4,
  trainedRank: null,
  keeps: null,
  learningRate: 1e-3,
  config: {},
  status: 'scored',
  seeds: 2,
  validation: 3,
  score: 3.1,
  interval: [3, 3.2],
  intervalCovers: 'seeds-and-examples',
  group: 'a',
  forgetting: null,
  flips: null,
  measures: {},
  trainableParameters: 1000,
  adapterBytes: 4000,
  predicted: null,
  measuredPeakBytes: null,
  medianStepMs: 1,
  tokensPerSecond: null,
  compression: null,
  steps: 60,
  pareto: false,
  tuningTrials: 1,
  tuningSteps: 60,
  smallestBudgetMiB: null,
  reason: null,
  edges: [],
  trialIds: [],
};

function markupOf(rows: LeaderboardRow[], budgetsMiB: number[] = []): string {
  const metric = { name: 'perplexity', direction: 'minimize' } as const;
  const board = partOf<Leaderboard>({ rows, metric, comparisons: [], alpha: 0.05, budgetsMiB });
  const table = createElement(BoardTable, { board, names: rowNames(rows, 'method'), onOpen: () => {} });
  return renderToStaticMarkup(createElement(MantineProvider, null, table));
}

it('keeps peak memory in sight where the window has room for nothing else', () => {
  const board = partOf<Leaderboard>({ rows: [row] });
  expect(columnsOn(board, undefined, 0).columns.map(({ id }) => id)).toEqual(['memory']);
});

it('leaves out columns of what nobody measured elsewhere, and keeps those of trials that may still run', () => {
  const rows = [{ ...row, measuredPeakBytes: null }];
  const ids = (board: Leaderboard) => columnsOn(board, undefined, 2).there.map(({ id }) => id);
  const ours = ids(partOf<Leaderboard>({ rows, published: null }));
  const theirs = ids(partOf<Leaderboard>({ rows, published: { source: 'runs trained elsewhere', remark: '' } }));
  expect(ours).toContain('memory');
  expect(ours.filter((id) => !theirs.includes(id))).toContain('memory');
  expect(theirs).toEqual(expect.arrayContaining(['validation', 'trained', 'tuning']));
});

it('marks the rows whose training serves several ranks', () => {
  const markup = markupOf([row, { ...row, method: 'dylora', rank: 2, trainedRank: 8 }]);
  const [plain, served] = [...markup.matchAll(/<tr[^>]*data-status.*?<\/tr>/gs)].map(([text]) => text);
  expect(plain).toContain('lora r4');
  expect(plain).not.toContain('from one run');
  expect(served).toMatch(/dylora r2.*from one run/s);
});

it('says of each row how it was trained where rows were not trained alike', () => {
  const of = (method: string, steps: number) => ({ ...row, method, steps, settings: { steps } });
  const markup = markupOf([of('lora', 40), of('dora', 300)]);
  expect(markup).toMatch(/lora r4.*lr 1e-3 · steps 40<.*dora r4.*lr 1e-3 · steps 300</s);
  expect(markupOf([of('lora', 40), of('dora', 40)])).not.toContain('steps 40');
});

it('draws a first part of a long board and says so', () => {
  const rows = Array.from({ length: 450 }, (_, index) => ({ ...row, config: { alpha: index } }));
  const markup = markupOf(rows);
  const drawn = [...markup.matchAll(/<tr[^>]*data-status/g)];
  expect(drawn.length).toBe(200);
  expect(markup).toMatch(/alpha 0<.*alpha 199</s);
  expect(markup).toContain('The first 200 of 450 rows.');
  expect(markupOf([row])).not.toContain('Show more rows');
});

it('says what a fair comparison spent on a method, and of edges of its grid, behind an icon that has the sentences', () => {
  const fair: LeaderboardRow['fair'] = {
    tuningTrials: 3,
    tuningSteps: 900,
    overBudget: 0,
    failed: 0,
    learningRates: [1e-3, 3e-3, 1e-2],
    extended: 0,
    tuningSeconds: 807,
    finalSeeds: [1, 2, 3, 4, 5],
    finalLost: 2,
    calibrationBatches: 4,
    edge: 'largest',
  };
  const edges = [{ axis: 'learningRate', value: 0.003, side: 'only' as const, tried: [0.003] }];
  const cell = boardColumns.find(({ id }) => id === 'tuning')!.cell({ ...row, edges, fair });
  const markup = renderToStaticMarkup(createElement(MantineProvider, null, cell));
  expect(/<button[^>]* aria-label="([^"]*)"/.exec(markup)![1]).toBe(
    'Learning rate 0.003 is the only one tried: a better one may lie beyond. Tuned for 13 min 27 s; 3 configurations tried; trained again with 5 new seeds; 2 more failed or did not fit; 4 batches read before the first steps; the largest learning rate tried.',
  );
  expect(markup.replaceAll(/<style.*?<\/style>/gs, '').replaceAll(/<[^>]*>/g, ' ')).not.toContain('new seeds');
  const plain = boardColumns.find(({ id }) => id === 'tuning')!.cell(row);
  expect(renderToStaticMarkup(createElement(MantineProvider, null, plain))).not.toContain('<button');
});

it('says a setting once, in the name of a row or below it', () => {
  const of = (steps: number) => ({ ...row, steps, settings: { steps } });
  const text = markupOf([of(40), of(300)]).replaceAll(/<[^>]*>/g, ' ');
  expect(text.match(/steps 40/g)).toHaveLength(1);
  expect(text.match(/steps 300/g)).toHaveLength(1);
});

it('says of a scored row which budget it misses', () => {
  const large = { ...row, smallestBudgetMiB: 16 };
  const small = { ...row, method: 'bitfit', smallestBudgetMiB: 7 };
  const [first, second] = [...markupOf([large, small], [7, 16]).matchAll(/<tr[^>]*data-status.*?<\/tr>/gs)].map(String);
  expect(first).toContain('does not fit in 7 MiB');
  expect(second).not.toContain('does not fit');
});

it('offers the columns that a board has, and keeps those that were chosen for others', () => {
  const board = partOf<Leaderboard>({ rows: [row] });
  const absent = boardColumns.filter(({ on }) => on?.(board) === false);
  const { there, columns, elsewhere } = columnsOn(board, ['validation', absent[0]!.id], 1);
  expect(there).toEqual(boardColumns.filter((column) => !absent.includes(column)));
  expect(columns.map(({ id }) => id)).toEqual(['validation']);
  expect(elsewhere).toEqual([absent[0]!.id]);
  const first = columnsOn(board, undefined, 1);
  expect(first.elsewhere).toEqual(absent.filter(({ priority }) => priority === 1).map(({ id }) => id));
});

it('says once why a single score has no interval', () => {
  const reason = 'one seed and no scores by example: nothing says how certain its score is';
  const single = { ...row, method: 'dora', seeds: 1, interval: null, intervalCovers: null, group: null, reason };
  const markup = markupOf([{ ...row, intervalCovers: 'seeds-only' }, single]);
  expect(markup.split(reason)).toHaveLength(2);
  expect(markup).toContain('no scores by example: seeds only');
});
