import type { EChartsOption } from 'echarts/types/dist/shared';
import { expect, it } from 'vitest';
import { svgOf } from '../src/components/chart/echarts-svg.js';
import { fontFamily } from '../src/components/chart/use-chart-look.js';
import { drawWhiskers } from '../src/components/chart/whiskers.js';

it('draws a chart of means and intervals as a file of its own, in the size that is asked for', () => {
  const whiskers = [{ value: 0.9, ends: [0.8, 0.95] as [number, number], color: '#123456' }];
  const option: EChartsOption = {
    animation: false,
    backgroundColor: '#ffffff',
    xAxis: { type: 'value', min: 0, max: 1, name: 'accuracy' },
    yAxis: { type: 'category', data: ['dora r8'] },
    series: [{ type: 'custom', renderItem: drawWhiskers(whiskers, 30), data: [[0.9, 0]], encode: { x: 0, y: 1 } }],
  };
  const svg = svgOf(option, { width: 640, height: 200 });
  expect(svg).toMatch(/^<svg width="640" height="200"/);
  expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
  expect(svg).toContain('dora r8</text>');
  expect(svg).toContain('accuracy</text>');
  expect(svg.match(/#123456/g)!.length).toBeGreaterThan(1);
});

it('shows the names of its series above it, on the ground of the chart, where they stand outside it on the page', () => {
  const option: EChartsOption = { backgroundColor: '#1c1f24', xAxis: { name: 'rank' }, yAxis: {}, series: [] };
  const entries = [
    { name: 'lora & <b>', color: '#abcdef', dash: 'dashed' },
    { name: 'dora', color: '#fedcba', dash: 'solid' },
  ];
  const svg = svgOf(option, { width: 640, height: 200 }, { entries, color: '#e3e6eb', fontFamily: '"A", sans-serif' });
  // Two lines of 18 and a margin of 8.
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="640" height="244"/);
  expect(svg).toContain('<rect width="100%" height="100%" fill="#1c1f24"/>');
  expect(svg).toContain('>lora &amp; &lt;b&gt;</text>');
  expect(svg).toContain('stroke="#abcdef" stroke-width="2.5" stroke-dasharray="6 4"/>');
  expect(svg).toContain('<svg y="44" width="640" height="200"');
  expect(svg).toContain('rank</text>');
  expect(svgOf(option, { width: 640, height: 200 }, { entries: [], color: '#000000', fontFamily: 'A' })).toMatch(
    /^<svg width="640" height="200"/,
  );
});

it('stays XML, whatever names are shown in the font of the page', () => {
  const option: EChartsOption = {
    textStyle: { fontFamily },
    xAxis: { name: 'a "rank" & <b>', nameTextStyle: { fontSize: 12 } },
    yAxis: { type: 'category', data: ["lora's <r8>"] },
    series: [],
  };
  const entries = [{ name: '"dora"', color: '#fedcba', dash: 'solid' }];
  const svg = svgOf(option, { width: 640, height: 200 }, { entries, color: '#000000', fontFamily });
  expect(svg).toContain('Segoe UI');
  // Tags whose attributes end where they are quoted, and style sheets.
  const tags = /<\/?[\w:-]+(?:\s+[\w:-]+="[^"<]*")*\s*\/?>|<!\[CDATA\[[\s\S]*?\]\]>/g;
  expect(svg.replaceAll(tags, '')).not.toMatch(/[<>]/);
});
