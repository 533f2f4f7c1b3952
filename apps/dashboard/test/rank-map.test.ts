import { MantineProvider } from '@mantine/core';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { RankMap } from '../src/features/trials/rank-map.js';
import { ranksByLayer } from '../src/features/trials/ranks.js';
import { shade } from '../src/lib/palette.js';

const series = [
  { name: 'rank/blocks.10.attention.query', steps: [1, 4], values: [12, 3], total: 2 },
  { name: 'rank/blocks.2.attention.query', steps: [1, 2, 3, 6], values: [12, 12, 8, 0], total: 4 },
  { name: 'train/loss', steps: [1, 2], values: [5, 4], total: 2 },
];

describe('ranksByLayer', () => {
  it('joins equal ranks to runs, the last one through the last step, layers in the order of the model', () => {
    expect(ranksByLayer(series, 9)).toEqual([
      {
        layer: 'blocks.2.attention.query',
        runs: [
          { from: 1, to: 3, rank: 12 },
          { from: 3, to: 6, rank: 8 },
          { from: 6, to: 10, rank: 0 },
        ],
      },
      {
        layer: 'blocks.10.attention.query',
        runs: [
          { from: 1, to: 4, rank: 12 },
          { from: 4, to: 10, rank: 3 },
        ],
      },
    ]);
  });

  it('shows a rank of the step in progress', () => {
    const [row] = ranksByLayer([{ name: 'rank/a', steps: [5], values: [2], total: 1 }], 5);
    expect(row!.runs).toEqual([{ from: 5, to: 6, rank: 2 }]);
  });
});

describe('RankMap', () => {
  const markup = renderToStaticMarkup(
    createElement(MantineProvider, null, createElement(RankMap, { series, lastStep: 9 })),
  );

  it('says what the picture shows, and the first and last rank of each layer in a table', () => {
    expect(markup).toContain('aria-label="Rank of 2 layers by step"');
    const rows = [...markup.matchAll(/<th scope="row">([^<]*)<\/th><td>(\d+)<\/td><td>(\d+)<\/td>/g)];
    expect(rows.map(([, ...cells]) => cells)).toEqual([
      ['blocks.2.attention.query', '12', '0'],
      ['blocks.10.attention.query', '12', '3'],
    ]);
  });

  it('has a scale from rank 0 to the largest', () => {
    expect(markup.replaceAll(/<!-- -->/g, '')).toMatch(/>rank 0<.*>rank 12</s);
    expect(markup).toContain(`${shade(0, 'light')}, ${shade(1, 'light')}`);
  });
});
