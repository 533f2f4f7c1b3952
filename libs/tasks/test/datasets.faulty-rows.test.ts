/** @file Rows of users' files that cannot be read: told together, or left out. */
import { DatasetMapping } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { csvOf, refusalOf, useFolder, words } from './support/dataset-files.js';

const files = useFolder();

describe('rows that cannot be read', () => {
  const good = csvOf(40);

  it('fail together, each with its place and field', async () => {
    const error = await refusalOf(
      files.importing(`${good}" ",yes\nwords,\nmore words,no\n${'x'.repeat(1_100_000)},no\n`),
    );
    expect(error.problems.map(({ field, message }) => [field, message])).toEqual([
      [
        '/file',
        'mine.csv: 3 rows cannot be read; skipEmpty (--skip-empty) leaves out those with an empty cell, 2 of them',
      ],
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
    expect(error.problems.slice(1).map(({ field, message }) => [field, message])).toEqual([
      ['/mapping/text', 'mine.csv, line 41, column "text": is missing in this row'],
      ['/mapping/label', 'mine.csv, line 42, column "label": is missing in this row'],
    ]);
    const { report } = await files.importing(content, { format: 'jsonl', skipEmpty: true });
    expect(report.emptyRows).toBe(2);
  });

  it('give twenty names, and a count up to ten thousand', async () => {
    const some = await refusalOf(files.importing(`${good}${'" ",yes\n'.repeat(30)}`));
    expect(some.message).toMatch(/^mine.csv: 30 rows cannot be read; the first 20 are named; skipEmpty/);
    expect(some.problems).toHaveLength(1 + 20);
    expect(some.problems.at(-1)!.message).toBe('mine.csv, line 61, column "text": is empty');
    // A column of texts that was said to hold numbers.
    const mapping = DatasetMapping.parse({ objective: 'regression', text: 'text', label: 'label' });
    const all = await refusalOf(files.importing(`text,label\n${'words,no\n'.repeat(20_000)}`, { mapping }));
    expect(all.message).toBe('mine.csv: at least 10000 rows cannot be read; the first 20 are named');
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
