/** @file A chart as an SVG file, in a chunk of its own. */
import * as core from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { createChart } from './echarts.js';

core.use([SVGRenderer]);

interface Size {
  width: number;
  height: number;
}

/** The picture of an option in so many pixels, drawn apart from the page. */
export function svgOf(option: EChartsOption, size: Size): string {
  const chart = createChart(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
