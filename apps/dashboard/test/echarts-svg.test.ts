import type { EChartsOption } from 'echarts/types/dist/shared';
import { expect, it } from 'vitest';
import { svgOf } from '../src/components/chart/echarts-svg.js';
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
