/** @file A report in Markdown. */
import { markdownTable, markdownText } from '@rankforge/contracts';
import type { Block, Report, ReportTable } from './document.js';

export function reportMarkdown({ title, blocks }: Report): string {
  return [`# ${markdownText(title)}`, ...blocks.flatMap((block) => textOf(block) ?? [])].join('\n\n').concat('\n');
}

/** Undefined where Markdown has no form for the block: a table has the numbers of a plot. */
function textOf(block: Block): string | undefined {
  switch (block.kind) {
    case 'heading':
      return `## ${markdownText(block.text)}`;
    case 'text':
      return markdownText(block.text);
    case 'answer':
      return `**${markdownText(block.text)}**`;
    case 'list':
      return block.items.map((item) => `- ${markdownText(item)}`).join('\n');
    case 'facts':
      return block.facts.map(([name, value]) => `- ${markdownText(name)}: ${markdownText(value)}`).join('\n');
    case 'table':
      return tableText(block.table).trimEnd();
    case 'plot':
      return undefined;
    case 'code':
      return `${markdownText(block.title)}\n\n${fenced(block.text)}`;
  }
}

const tableText = ({ caption, head, cells, note }: ReportTable): string =>
  markdownTable({
    caption,
    note,
    rows: cells,
    columns: head.map(({ title, right }, place) => ({ title, right, value: (row: readonly string[]) => row[place]! })),
  });

/** Code in a fence that is longer than any run of backticks within it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}json\n${text}\n${fence}`;
}
