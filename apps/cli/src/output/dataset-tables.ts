import { classDoubts, type DatasetReport, type DatasetRow, type DatasetView, rowDoubts } from '@rankforge/contracts';
import pc from 'picocolors';
import { formatNumber, formatTime } from './format.js';
import { table } from './table.js';

/** Characters of a field in a table of rows. */
const shown = 80;

export function datasetTable(datasets: readonly DatasetView[]): string {
  return table(datasets, [
    { title: 'task', value: (dataset) => dataset.task },
    { title: 'objective', value: (dataset) => dataset.mapping.objective },
    { title: 'train', right: true, value: ({ report }) => report.examples.train },
    { title: 'validation', right: true, value: ({ report }) => report.examples.validation },
    { title: 'test', right: true, value: ({ report }) => report.examples.test },
    { title: 'alike across splits', right: true, value: ({ report }) => report.duplicates.acrossSplits },
    { title: 'sweeps', right: true, value: (dataset) => dataset.sweeps },
    { title: 'added', value: (dataset) => formatTime(dataset.createdAt) },
    { title: 'from', value: (dataset) => dataset.source },
  ]);
}

/** Sizes, class balance and duplicates. */
export function datasetReport(report: DatasetReport): string {
  const { examples, emptyRows, classes, numbers, queries, interactions, duplicates } = report;
  const parts = [
    `${examples.train} train, ${examples.validation} validation, ${examples.test} test`,
    emptyRows === undefined ? '' : `rows with an empty cell, left out: ${emptyRows}`,
    classes
      ? table(classes, [
          { title: 'class', value: ({ name }) => name },
          { title: 'train', right: true, value: (found) => found.examples.train },
          { title: 'validation', right: true, value: (found) => found.examples.validation },
          { title: 'test', right: true, value: (found) => found.examples.test },
        ])
      : '',
    ...classDoubts(report).map((doubt) => `note: ${doubt}`),
    ...rowDoubts(report).map(({ said, lines }) =>
      pc.yellow([`note: ${said}`, ...lines.map((line) => `  ${line}`)].join('\n')),
    ),
    numbers
      ? `numbers of train: mean ${formatNumber(numbers.mean)}, deviation ${formatNumber(numbers.deviation)}, ` +
        `from ${formatNumber(numbers.smallest)} to ${formatNumber(numbers.largest)}`
      : '',
    queries
      ? `rows of queries: ${queries.rows}, at most ${queries.largest} of one; ` +
        `relevant rows that are no candidate: ${queries.lostRelevant}; ` +
        `queries without a relevant row: ${queries.withoutRelevant}; left out, for nobody judged them: ${queries.withoutRows}`
      : '',
    interactions
      ? `${interactions.users} users and ${interactions.items} items, of which nobody took ${interactions.untrainedItems} in train; ` +
        `left out: ${interactions.belowRating} below the least rating, ${interactions.repeated} of a user and an item that stood before, ` +
        `${interactions.withoutTraining} of users whom train does not have`
      : duplicatesText(duplicates),
  ];
  return parts.filter(Boolean).join('\n');
}

function duplicatesText({ search, examples, acrossSplits, pairs }: DatasetReport['duplicates']): string {
  if (search === 'none') return 'examples lie at their sites, and were not compared with each other';
  const kind = search === 'near' ? 'nearly equal to' : 'equal to';
  const lines = [`examples ${kind} an earlier one: ${examples}; across splits: ${acrossSplits}`];
  if (acrossSplits > 0) {
    lines.push('a score on validation or test is too good where training has seen the answer');
    if (acrossSplits > pairs.length) lines.push(`the first ${pairs.length} of them:`);
  }
  for (const { splits, rows, texts } of pairs) {
    lines.push(`  ${splits[0]} ${rows[0]} and ${splits[1]} ${rows[1]}: ${oneLine(texts[1])}`);
  }
  const text = lines.join('\n');
  return acrossSplits > 0 ? pc.yellow(text) : text;
}

export function datasetRows(rows: readonly DatasetRow[]): string {
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row.fields)))];
  return table(rows, [
    { title: 'split', value: (row) => row.split },
    { title: 'from', value: (row) => row.row },
    ...fields.map((field) => ({ title: field, value: (row: DatasetRow) => oneLine(row.fields[field] ?? '') })),
  ]);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > shown ? `${line.slice(0, shown)}…` : line;
}
