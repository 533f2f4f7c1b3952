import { describe, expect, it } from 'vitest';
import { type Block, clipped, listOf, tableOf } from '../src/sweeps/report/document.js';
import { intervalPlot, ticks } from '../src/sweeps/report/interval-plot.js';
import { reportHtml } from '../src/sweeps/report/to-html.js';
import { reportMarkdown } from '../src/sweeps/report/to-markdown.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('a report', () => {
  const columns = [{ title: 'Number', right: true, value: (value: number) => value }];

  it('has the first rows of a long table and says how many it leaves out', () => {
    const [block] = tableOf(numbers(100_000), { caption: 'Numbers', columns, note: 'Whole ones.' });
    const { table } = block as Extract<Block, { kind: 'table' }>;
    expect(table.cells).toHaveLength(100);
    expect(table.cells.at(-1)).toEqual(['100']);
    expect(table.note).toBe('99900 of 100000 rows are left out. Whole ones.');
    expect(tableOf([], { caption: 'Numbers', columns })).toEqual([]);
  });

  it('counts what a long list and a long text leave out', () => {
    const [list] = listOf(numbers(150).map(String));
    expect(list).toMatchObject({ items: [...numbers(100).map(String), '50 more are left out.'] });
    expect(clipped(`${'x'.repeat(1200)}`)).toBe(`${'x'.repeat(1000)}… (200 characters left out)`);
    expect(clipped('two\n lines ')).toBe('two lines');
  });

  it('fences code by more backticks than it has', () => {
    const text = '{ "name": "````" }';
    const written = reportMarkdown({ title: 'a', blocks: [{ kind: 'code', title: 'The request', text }] });
    expect(written).toBe(`# a\n\nThe request\n\n\`\`\`\`\`json\n${text}\n\`\`\`\`\`\n`);
  });

  it('shows texts of every kind of block as they are', () => {
    const text = '<img src=x onerror="alert(1)">';
    const row = { name: text, score: 1, interval: [0.5, 1.5] as const, group: text, leads: true };
    const plot = { metric: text, rows: [row], references: [1], ends: { min: 0, max: 2 } };
    const blocks: Block[] = [
      { kind: 'heading', text },
      { kind: 'text', text },
      { kind: 'answer', text },
      { kind: 'list', items: [text] },
      { kind: 'facts', facts: [[text, text]] },
      { kind: 'plot', plot },
      { kind: 'code', title: text, text },
      ...tableOf([text], { caption: text, columns: [{ title: text, value: (value) => value }], note: text }),
    ];
    const html = reportHtml({ title: text, blocks });
    expect(html).not.toContain('<img');
    expect(html.split('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;').length - 1).toBeGreaterThan(15);
    expect(reportMarkdown({ title: text, blocks: blocks.filter(({ kind }) => kind !== 'code') })).not.toMatch(
      /(^|[^\\])<img/,
    );
  });
});

describe('the plot of a report', () => {
  it('marks round values within its ends', () => {
    expect(ticks({ min: 0.48, max: 1 })).toEqual([0.6, 0.8, 1]);
    expect(ticks({ min: 4.2, max: 19.3 })).toEqual([5, 10, 15]);
    expect(ticks({ min: -1e-7, max: 1e-7 })).toEqual([-1e-7, -5e-8, 0, 5e-8, 1e-7]);
    expect(ticks({ min: 2, max: 2 })).toEqual([2]);
  });

  it('places a dot and the ends of its interval in proportion', () => {
    const row = { name: 'lora', score: 1, interval: [0, 2] as const, group: 'a', leads: true };
    const svg = intervalPlot({ metric: 'accuracy', rows: [row], references: [], ends: { min: 0, max: 2 } });
    const [, low, high] = /d="M([\d.]+) .*H([\d.]+)M/.exec(svg)!.map(Number);
    const dot = Number(/<circle cx="([\d.]+)"/.exec(svg)![1]);
    expect(dot).toBe((low! + high!) / 2);
    // The width of 760 without the name, 28 and six characters of 7, and without the 64 of the letters.
    expect(high! - low!).toBe(760 - 70 - 64);
  });
});
