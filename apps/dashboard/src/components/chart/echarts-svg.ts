/** @file A chart as an SVG file, in a chunk of its own. */
import * as core from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { dashesOf } from './dashes.js';
import { createChart } from './echarts.js';
import type { LegendEntry } from './series-legend.js';

core.use([SVGRenderer]);

interface Size {
  width: number;
  height: number;
}

interface Key {
  /** Names of the series, where they stand outside the chart on the page. Each gets a line above the chart. */
  entries: readonly LegendEntry[];
  color: string;
  fontFamily: string;
}

const lineHeight = 18;

/** The picture of an option in so many pixels, drawn apart from the page; higher by the lines of a key, where it has one. */
export function svgOf(option: EChartsOption, size: Size, key?: Key): string {
  const chart = createChart(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption(option);
    const svg = chart.renderToSVGString();
    return key && key.entries.length > 0 ? underKey(svg, { ...key, ...size, background: option.backgroundColor }) : svg;
  } finally {
    chart.dispose();
  }
}

function underKey(
  svg: string,
  { entries, color, fontFamily, width, height, background }: Key & Size & { background: unknown },
): string {
  const above = entries.length * lineHeight + 8;
  const whole = { width, height: above + height };
  const { encodeHTML } = core.format;
  const lines = entries.map(({ name, color: stroke, dash }, index) => {
    const y = 4 + (index + 0.5) * lineHeight;
    return (
      `<line x1="12" x2="34" y1="${y}" y2="${y}" stroke="${stroke}" stroke-width="2.5" stroke-dasharray="${dashesOf(dash) || 'none'}"/>` +
      `<text x="42" y="${y}" dominant-baseline="central">${encodeHTML(name)}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${whole.width}" height="${whole.height}" viewBox="0 0 ${whole.width} ${whole.height}">`,
    typeof background === 'string' ? `<rect width="100%" height="100%" fill="${background}"/>` : '',
    `<g fill="${color}" font-size="12" font-family="${encodeHTML(fontFamily)}">${lines.join('')}</g>`,
    svg.replace('<svg ', `<svg y="${above}" `),
    '</svg>',
  ].join('\n');
}
