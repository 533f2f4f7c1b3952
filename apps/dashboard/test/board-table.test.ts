import { MantineProvider } from '@mantine/core';
import type { Leaderboard, LeaderboardRow } from '@rankforge/contracts';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { BoardTable } from '../src/features/leaderboard/board-table.js';

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

it('marks the rows whose training serves several ranks', () => {
  const rows: LeaderboardRow[] = [row, { ...row, method: 'dylora', rank: 2, trainedRank: 8 }];
  const metric = { name: 'perplexity', direction: 'minimize' } as const;
  const board = { rows, metric, comparisons: [], alpha: 0.05 } as unknown as Leaderboard;
  const table = createElement(BoardTable, { board, by: 'method', onCompare: () => {} });
  const markup = renderToStaticMarkup(createElement(MantineProvider, null, table));
  const [plain, served] = [...markup.matchAll(/<tr[^>]*data-status.*?<\/tr>/gs)].map(([text]) => text);
  expect(plain).toContain('lora r4');
  expect(plain).not.toContain('from one run');
  expect(served).toMatch(/dylora r2.*from one run/s);
});
