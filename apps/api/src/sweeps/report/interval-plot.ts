/** @file The plot of a board as SVG that lies within a page: a dot for each score and a line for its interval. */

import { clamp, htmlText } from '@rankforge/contracts';
import type { Plot, PlottedRow } from './document.js';

const width = 760;
const rowHeight = 26;
const right = 64;
const below = 42;
const labelAtMost = 34;
/** A character of a name is no wider, on average. */
const characterWidth = 7;

/** Colours are classes, which the style of the page sets for light and dark. */
export function intervalPlot({ metric, rows, references, ends }: Plot): string {
  const height = rows.length * rowHeight + below;
  const labels = rows.map(({ name }) => labelOf(name));
  const left = 28 + characterWidth * Math.max(6, ...labels.map(({ length }) => length));
  const span = ends.max - ends.min || 1;
  const x = (value: number) =>
    round(left + ((clamp(value, [ends.min, ends.max]) - ends.min) / span) * (width - left - right));
  const bottom = rows.length * rowHeight;
  const marks = ticks(ends);
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${htmlText(`${metric} of ${rows.length} rows with 95 % intervals; the table below has the numbers`)}">`,
    ...marks.map((value) => `<line class="grid" x1="${x(value)}" x2="${x(value)}" y1="0" y2="${bottom}"/>`),
    ...references.map((value) => `<line class="reference" x1="${x(value)}" x2="${x(value)}" y1="0" y2="${bottom}"/>`),
    ...rows.map((row, index) => rowOf(row, { left, y: index * rowHeight + rowHeight / 2, x })),
    ...marks.map((value) => `<text class="tick" x="${x(value)}" y="${bottom + 16}">${htmlText(String(value))}</text>`),
    `<text class="tick" x="${(left + width - right) / 2}" y="${bottom + 34}">${htmlText(metric)}</text>`,
    '</svg>',
  ].join('\n');
}

const labelOf = (name: string): string => (name.length > labelAtMost ? `${name.slice(0, labelAtMost - 1)}…` : name);

function rowOf(
  { name, score, interval, group, leads }: PlottedRow,
  { left, y, x }: { left: number; y: number; x: (value: number) => number },
): string {
  const [low, high] = interval?.map(x) ?? [];
  const whisker =
    low === undefined || high === undefined
      ? ''
      : `<path d="M${low} ${y - 4}V${y + 4}M${low} ${y}H${high}M${high} ${y - 4}V${y + 4}"/>`;
  return (
    `<g class="${leads ? 'leads' : 'follows'}"><title>${htmlText(name)}</title>` +
    `<text class="name" x="${left - 12}" y="${y + 4}">${htmlText(labelOf(name))}</text>${whisker}` +
    `<circle cx="${x(score)}" cy="${y}" r="4.5"/>` +
    `<text class="group" x="${width - right + 12}" y="${y + 4}">${htmlText(group)}</text></g>`
  );
}

/** Round values within the ends, some five of them. @example ticks({ min: 0.48, max: 1 }) // [0.6, 0.8, 1] */
export function ticks({ min, max }: { min: number; max: number }): number[] {
  if (!(max > min)) return [min];
  const rough = (max - min) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough)!;
  const first = Math.ceil(min / step);
  const count = Math.floor(max / step) - first + 1;
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

const round = (value: number): number => Math.round(value * 10) / 10;
