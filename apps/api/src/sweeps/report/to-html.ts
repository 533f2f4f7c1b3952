/** @file A report as one page: no script, no other file, no address that a browser would ask. */

import { htmlText } from '@rankforge/contracts';
import type { Block, Report, ReportTable } from './document.js';
import { intervalPlot } from './interval-plot.js';

export function reportHtml({ title, blocks }: Report): string {
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    // Were a text ever taken for markup, a browser would still run and ask nothing.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${htmlText(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${htmlText(title)}</h1>`,
    ...blocks.map(markupOf),
    '</main>',
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}

function markupOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${htmlText(block.text)}</h2>`;
    case 'text':
      return `<p>${htmlText(block.text)}</p>`;
    case 'answer':
      return `<p class="answer">${htmlText(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${htmlText(item)}</li>`).join('')}</ul>`;
    case 'facts':
      return `<dl>${block.facts.map(([name, value]) => `<div><dt>${htmlText(name)}</dt><dd>${htmlText(value)}</dd></div>`).join('')}</dl>`;
    case 'table':
      return tableMarkup(block.table);
    case 'plot':
      return `<div class="scroll">${intervalPlot(block.plot)}</div>`;
    case 'code':
      return `<details><summary>${htmlText(block.title)}</summary><pre>${htmlText(block.text)}</pre></details>`;
  }
}

function tableMarkup({ caption, head, cells, note }: ReportTable): string {
  const side = (place: number) => (head[place]!.right ? ' class="right"' : '');
  const titles = head.map(({ title }, place) => `<th scope="col"${side(place)}>${htmlText(title)}</th>`).join('');
  const rows = cells.map(
    (row) => `<tr>${row.map((cell, place) => `<td${side(place)}>${htmlText(cell)}</td>`).join('')}</tr>`,
  );
  return [
    `<p class="note">${htmlText(caption)}</p>`,
    // Whoever reads by keys scrolls what has the focus.
    `<div class="scroll" tabindex="0"><table aria-label="${htmlText(caption)}">`,
    `<thead><tr>${titles}</tr></thead>`,
    `<tbody>${rows.join('\n')}</tbody>`,
    '</table></div>',
    ...(note === undefined ? [] : [`<p class="note">${htmlText(note)}</p>`]),
  ].join('\n');
}

const style = `
:root { color-scheme: light dark; --page: #fff; --text: #1a1c20; --muted: #5c636e; --line: #d9dce1; --panel: #f4f5f7; --accent: #0b63b5; }
@media (prefers-color-scheme: dark) {
  :root { --page: #16181c; --text: #e8eaee; --muted: #a0a7b3; --line: #3a3f48; --panel: #20242a; --accent: #6cb2f5; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --text: #000; --muted: #444; --line: #bbb; --panel: #fff; --accent: #0b63b5; }
  .scroll { overflow: visible !important; }
  tr, svg, dl div { break-inside: avoid; }
  h2 { break-after: avoid; }
  pre { white-space: pre-wrap; }
  table { font-size: 8pt !important; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
.answer { font-size: 1.1rem; font-weight: 600; padding: .8rem 1rem; border-left: 4px solid var(--accent); background: var(--panel); margin: .6rem 0; }
.note { color: var(--muted); font-size: .9rem; margin: .8rem 0 .4rem; }
dl { margin: 0; }
dl div { display: grid; grid-template-columns: 12rem 1fr; gap: .2rem 1rem; padding: .25rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--muted); }
dd { margin: 0; }
@media (max-width: 40rem) { dl div { grid-template-columns: 1fr; } }
.scroll { overflow-x: auto; margin: .4rem 0 .8rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
th { vertical-align: bottom; }
.right { text-align: right; }
td.right { white-space: nowrap; }
svg { display: block; width: 100%; min-width: 34rem; max-width: 56rem; font-family: inherit; font-size: 13px; }
svg text { fill: var(--text); }
svg .name { text-anchor: end; }
svg .tick { fill: var(--muted); text-anchor: middle; font-size: 12px; }
svg .group { font-weight: 600; }
svg .grid { stroke: var(--line); }
svg .reference { stroke: var(--muted); stroke-dasharray: 5 4; }
svg path { fill: none; stroke: var(--muted); stroke-width: 1.6; }
svg circle { fill: var(--muted); }
svg .leads path { stroke: var(--accent); }
svg .leads circle { fill: var(--accent); }
details { margin-top: .6rem; }
summary { cursor: pointer; }
pre { background: var(--panel); padding: .8rem; overflow-x: auto; font-size: .8rem; overflow-wrap: normal; }
`;
