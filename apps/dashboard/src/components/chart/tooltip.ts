/** @file Tooltips are HTML strings: every text that came from the server is escaped here. */
import { htmlText } from '@rankforge/contracts';
import type { TooltipFormatterCallback, TopLevelFormatterParams } from 'echarts/types/dist/shared';

interface TooltipRow {
  name: string;
  value: string;
  color?: string;
}

export function tooltipHtml(title: string, rows: readonly TooltipRow[]): string {
  const lines = rows.map(({ name, value, color }) => {
    const dot = color
      ? `<span style="display:inline-block;width:9px;height:9px;border-radius:2px;margin-right:7px;background:${htmlText(color)}"></span>`
      : '';
    return `<div style="display:flex;justify-content:space-between;gap:18px;line-height:1.6"><span>${dot}${htmlText(name)}</span><b style="font-variant-numeric:tabular-nums">${htmlText(value)}</b></div>`;
  });
  return `<div style="font-weight:600;margin-bottom:4px">${htmlText(title)}</div>${lines.join('')}`;
}

const mostRows = 16;

/** Values of all named series at one position, largest first. A third number of a point is told in place of the drawn one. */
export function axisTooltip(
  title: (x: number) => string,
  format: (value: number) => string,
): TooltipFormatterCallback<TopLevelFormatterParams> {
  return (params) => {
    const points = (Array.isArray(params) ? params : [params]).flatMap(({ seriesId, seriesName, value, color }) => {
      const [x, drawn, told = drawn] = value as [number, number, number?];
      return seriesId === seriesName && seriesName ? [{ name: seriesName, x, y: told, color: String(color) }] : [];
    });
    const first = points[0];
    if (!first) return '';
    const rows = points
      .toSorted((a, b) => b.y - a.y)
      .slice(0, mostRows)
      .map(({ name, y, color }) => ({ name, value: format(y), color }));
    return tooltipHtml(title(first.x), rows);
  };
}
