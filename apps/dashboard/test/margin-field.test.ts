import { MantineProvider } from '@mantine/core';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { MarginField } from '../src/features/leaderboard/margin-field.js';
import { LeaderboardSearch } from '../src/features/leaderboard/search.js';

it('shows the margin of the address, and drops one that no test takes', () => {
  const markupOf = (margin: unknown) => {
    const field = createElement(MarginField, {
      margin: LeaderboardSearch.parse({ margin }).margin,
      onChange: () => {},
    });
    return renderToStaticMarkup(createElement(MantineProvider, null, field));
  };
  expect(markupOf(0.01)).toContain('value="0.01"');
  for (const wrong of [0, -1, 'much', undefined]) expect(markupOf(wrong)).toContain('value=""');
  expect(markupOf(undefined)).toContain('placeholder="what a seed does"');
});
