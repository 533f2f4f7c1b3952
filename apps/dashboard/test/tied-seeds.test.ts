import { MantineProvider } from '@mantine/core';
import type { LeaderboardQuery, Me, Role } from '@rankforge/contracts';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { type PartOf, partOf } from '../../../test/support/part-of.js';
import { TiedSeeds } from '../src/features/leaderboard/tied-seeds.js';
import type { AskedBoard } from '../src/lib/api/leaderboard.js';
import { meQuery } from '../src/lib/api/session.js';

const asked: LeaderboardQuery = { task: 'moby-dick', base: 'tiny', sweepId: 'of this sweep', by: 'method' };
const seeds = { row: 1, further: 6, most: 100, power: 0.8 };

function markupOf(
  board: PartOf<AskedBoard> = {},
  query: Partial<LeaderboardQuery> = {},
  role: Role = 'submitter',
): string {
  const client = new QueryClient();
  client.setQueryData(meQuery.queryKey, partOf<Me>({ role }));
  const shown = { complete: true, verdict: { leader: 0, tied: [1], seeds }, ...board };
  const button = createElement(TiedSeeds, {
    board: partOf<AskedBoard>({ ...shown, asked: { ...asked, ...query } }),
  });
  const page = createElement(MantineProvider, null, button);
  return renderToStaticMarkup(createElement(QueryClientProvider, { client }, page));
}

it('offers as many seeds as the board says, with what the board will say of it', () => {
  expect(markupOf()).toContain('Add 6 seeds to each tied row');
  expect(markupOf({ verdict: { leader: 0, tied: [1], seeds: { ...seeds, further: 1 } } })).toContain('Add 1 seed to');
  expect(markupOf()).toContain('The board will say that it was looked at before.');
});

it('offers none where the board says none, may change, or is not the one that ties are read from', () => {
  expect(markupOf({ verdict: { leader: 0, tied: [] } })).not.toContain('<button');
  expect(markupOf({ verdict: { leader: 0, tied: [1], seeds: { ...seeds, further: null } } })).not.toContain('<button');
  expect(markupOf({ complete: false })).not.toContain('<button');
  for (const other of [{ sweepId: undefined }, { memoryBudgetMiB: 64 }, { metric: 'f1' }, { by: 'configuration' }]) {
    expect(markupOf({}, other as Partial<LeaderboardQuery>)).not.toContain('<button');
  }
  expect(markupOf({}, {}, 'viewer')).not.toContain('<button');
});
