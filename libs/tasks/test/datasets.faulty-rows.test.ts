/** @file Rows of users' files that cannot be read: told together, or left out. */
import { DatasetMapping } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { csvOf, refusalOf, useFolder, words } from './support/dataset-files.js';

const files = useFolder();
const regression = DatasetMapping.parse({ objective: 'regression', text: 'text', label: 'label' });

describe('rows that cannot be read', () => {
  const good = csvOf(40);

  it('fail together, each with its place and field', async () => {
    const error = await refusalOf(
      files.importing(`${good}" ",yes\nwords,\nmore words,no\n${'x'.repeat(1_100_000)},no\n`),
    );
    expect(error.problems.map(({ field, message }) => [field, message])).toEqual([
      ['/file', 'mine.csv: 3 rows cannot be read'],
      ['/skipEmpty', '2 of these rows have an empty cell, which this leaves out'],
      ['/mapping/text', 'mine.csv, line 42, column "text": is empty'],
      ['/mapping/label', 'mine.csv, line 43, column "label": the label is empty; name its class or leave the row out'],
      ['/mapping/text', 'mine.csv, line 45, column "text": is longer than 1048576 characters'],
    ]);
    const single = await refusalOf(files.importing(`${good}" ",yes\n`));
    expect(single.problems.map(({ message }) => message)).toEqual(['mine.csv, line 42, column "text": is empty']);
  });

  it('lack a column that rows before have without failing', async () => {
    const lines = Array.from({ length: 40 }, (_, at) =>
      JSON.stringify({ text: `${words[at]} ${words[at + 1]}`, label: at % 2 }),
    );
    const content = [...lines, '{"label":1}', '{"text":"more words"}'].join('\n');
    const error = await refusalOf(files.importing(content, { format: 'jsonl' }));
    expect(error.problems.slice(2).map(({ field, message }) => [field, message])).toEqual([
      ['/mapping/text', 'mine.csv, line 41, column "text": is missing in this row'],
      ['/mapping/label', 'mine.csv, line 42, column "label": is missing in this row'],
    ]);
    const { report } = await files.importing(content, { format: 'jsonl', skipEmpty: true });
    expect(report.emptyRows).toBe(2);
  });

  it('say the same once, with the first rows, and count up to ten thousand', async () => {
    const some = await refusalOf(files.importing(`${good}${'" ",yes\n'.repeat(30)}`));
    expect(some.problems).toEqual([
      { field: '/file', message: 'mine.csv: 30 rows cannot be read' },
      { field: '/skipEmpty', message: '30 of these rows have an empty cell, which this leaves out' },
      {
        field: '/mapping/text',
        message: 'mine.csv, 30 rows (line 42, line 43, line 44, line 45, line 46 and 25 more), column "text": is empty',
      },
    ]);
    // Twenty things that are wrong are named.
    const prices = Array.from({ length: 30 }, (_, at) => `words,${at} euros`).join('\n');
    const many = await refusalOf(files.importing(`text,label\n${prices}\n`, { mapping: regression }));
    expect(many.message).toBe('mine.csv: 30 rows cannot be read; what is wrong with the first 20 is named');
    expect(many.problems).toHaveLength(1 + 20);
    // A column of texts that was said to hold numbers.
    const all = await refusalOf(files.importing(`text,label\n${'words,no\n'.repeat(20_000)}`, { mapping: regression }));
    expect(all.message).toBe('mine.csv: at least 10000 rows cannot be read');
    expect(all.problems).toHaveLength(2);
  });

  it('stay out and count where a cell is empty and that is asked for', async () => {
    const skipEmpty = true;
    const { report, lines } = await files.importing(`${good}" ",yes\nwords,\n`, { skipEmpty });
    expect(report.emptyRows).toBe(2);
    expect(lines).toEqual((await files.importing(good)).lines);
    expect((await files.importing(good, { skipEmpty })).report.emptyRows).toBe(0);
    expect((await files.importing(good)).report).not.toHaveProperty('emptyRows');
    const error = await refusalOf(files.importing(`${good}" ",yes\n${'x'.repeat(1_100_000)},no\n`, { skipEmpty }));
    expect(error.problems.map(({ message }) => message)).toEqual([
      'mine.csv, line 43, column "text": is longer than 1048576 characters',
    ]);
    const none = await refusalOf(files.importing('text,label\n"",yes\n" ",no\n', { skipEmpty }));
    expect(none).toMatchObject({ field: '/skipEmpty', message: 'mine.csv: each of its 2 rows has an empty cell' });
  });
});
