/** @file What users' files hold, and what is said of those that cannot be read. */

import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DatasetMapping, DatasetSplit } from '@rankforge/contracts';
import { objectives } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { importDataset, inspectDataset, mappingSchema } from '../src/index.js';
import { byColumn, byHash, classification, csvOf, refusalOf, useFolder } from './support/dataset-files.js';

const files = useFolder();
const fixture = (name: string) => ({ path: fileURLToPath(new URL(`vectors/datasets/${name}`, import.meta.url)), name });

describe('CSV', () => {
  it('reads quotes, line breaks in fields, a byte order mark and \\r\\n', async () => {
    const content =
      '\ufefftext,label,split\r\n"He said ""no"",\nand left",a,train\r\nplain,b,train\r\nthird words here,a,validation\r\nfourth other thing,b,test\r\n';
    const { rows, report, lines } = await files.importing(content, { split: byColumn });
    expect(rows[0]).toEqual({ split: 'train', row: 'line 3', fields: { text: 'He said "no",\nand left', label: 'a' } });
    expect(report.examples).toEqual({ train: 2, validation: 1, test: 1 });
    expect(report.classes).toEqual([
      { name: 'a', examples: { train: 1, validation: 1, test: 0 } },
      { name: 'b', examples: { train: 1, validation: 0, test: 1 } },
    ]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { format: 'rankforge-dataset-1', objective: 'classification', classes: ['a', 'b'] },
      { split: 'train', row: 'line 3', text: 'He said "no",\nand left', label: 0 },
      { split: 'train', row: 'line 4', text: 'plain', label: 1 },
      { split: 'validation', row: 'line 5', text: 'third words here', label: 0 },
      { split: 'test', row: 'line 6', text: 'fourth other thing', label: 1 },
    ]);
  });

  it.each([
    { of: 'whole numbers', names: ['10', '0', '2', '11', '-1', '1'], ids: ['-1', '0', '1', '2', '10', '11'] },
    { of: 'names, one of which is none', names: ['10', '9', 'b', '1'], ids: ['1', '10', '9', 'b'] },
  ])('gives ids to $of in the order of $ids', async ({ names, ids }) => {
    const lines = names.flatMap((name) =>
      ['train', 'validation', 'test'].map((side) => `${side} ${name},${name},${side}`),
    );
    const { head, lines: kept } = await files.importing(`text,label,split\n${lines.join('\n')}\n`, { split: byColumn });
    expect(head.classes).toEqual(ids);
    const rows = kept.slice(1).map((line) => JSON.parse(line) as { text: string; label: number });
    for (const { text, label } of rows) expect(text.endsWith(` ${ids[label]}`), text).toBe(true);
  });

  const rows = csvOf(40);
  const wide = Array.from({ length: 1_000_000 }, (_, i) => `c${i}`).join(',');
  it.each<[string, string | Uint8Array, RegExp, string]>([
    [
      'a quote that is not closed',
      `${rows}"open,yes\n`,
      /^mine.csv, line 42: a quote is opened and never closed$/,
      '/file',
    ],
    [
      'a quote that is not closed, by its own line',
      `${rows}"She said ""no"", and left",yes\n"open,yes\n${'plain,no\n'.repeat(20)}`,
      /^mine.csv, line 43: a quote is opened and never closed$/,
      '/file',
    ],
    [
      'a quote that a later one closes by chance, by the line that opened it',
      `${rows}plain,no\n"open,yes\n${'plain,no\n'.repeat(20)}"quoted",no\n`,
      /^mine.csv, line 43: a quote is opened, and at line 64: after the closing quote/,
      '/file',
    ],
    [
      'a row that a broken quote stretched over lines',
      `${rows}"open,yes\nplain,no\nplain",no,yes\n`,
      /^mine.csv, lines 42 to 44: the row has more or fewer fields/,
      '/file',
    ],
    ['a quote within a field', `${rows}a "b" c,yes\n`, /^mine.csv, line 42: a quote stands inside a field/, '/file'],
    ['text behind a quote', `${rows}"a"b,yes\n`, /^mine.csv, line 42: after the closing quote/, '/file'],
    [
      'a row with too many fields',
      `${rows}a,yes,more\n`,
      /^mine.csv, line 42: the row has more or fewer fields/,
      '/file',
    ],
    ['a row with too few fields', `${rows}a\n`, /^mine.csv, line 42: the row has more or fewer fields/, '/file'],
    [
      'a missing column',
      'body,label\na,yes\n',
      /^mine.csv, line 2: there is no column "text"; the columns are: body, label$/,
      '/mapping/text',
    ],
    [
      'fields parted by semicolons',
      'text;label\na;yes\n',
      /no column "text"; the columns are: text;label, which is read as one column: part the fields by commas in a \.csv/,
      '/mapping/text',
    ],
    [
      'a missing column of a file without rows',
      'text,labels\n',
      /no column "label"; the columns are: text, labels/,
      '/mapping/label',
    ],
    ['no row', 'text,label\n', /^mine.csv: holds no row$/, '/file'],
    ['an empty file', '', /^mine.csv: the file is empty$/, '/file'],
    ['two columns of one name', 'text,label,text\na,b,c\n', /line 1: two columns are called "text"/, '/file'],
    ['an empty label', `${rows}words,\n`, /^mine.csv, line 42, column "label": the label is empty/, '/mapping/label'],
    ['an empty text', `${rows}" ",yes\n`, /^mine.csv, line 42, column "text": is empty$/, '/mapping/text'],
    [
      'Latin-1',
      Buffer.from('text,label\ncaf\xe9,yes\n', 'latin1'),
      /^mine.csv, between bytes 0 and \d+: not UTF-8/,
      '/file',
    ],
    ['UTF-16', Buffer.from('\ufefftext,label\n', 'utf16le'), /not UTF-8/, '/file'],
    ['UTF-8 that is cut off', Buffer.concat([Buffer.from(rows), Buffer.from([0xc3])]), /not UTF-8/, '/file'],
    [
      'a million columns',
      `${wide}\n${wide}\n`,
      /^mine.csv, line 1: the row is longer than 4194304 characters$/,
      '/file',
    ],
    [
      'too many columns',
      `${wide.slice(0, 60_000)}\n`,
      /^mine.csv, line 1: \d+ columns; at most 4096 are read$/,
      '/file',
    ],
    [
      'one giant field',
      `${rows}${'x'.repeat(5_000_000)},yes\n`,
      /^mine.csv, line \d+: the row is longer than 4194304/,
      '/file',
    ],
    [
      'one field too long',
      `${rows}${'x'.repeat(2_000_000)},yes\n`,
      /column "text": is longer than 1048576 characters/,
      '/mapping/text',
    ],
  ])('says what is wrong with %s', async (_, content, message, field) => {
    const before = (await readdir(files.at('.'))).filter((name) => name.endsWith('.out'));
    const error = await refusalOf(files.importing(content));
    expect(error.message).toMatch(message);
    expect(error.field).toBe(field);
    const after = (await readdir(files.at('.'))).filter((name) => name.endsWith('.out'));
    expect(after, 'nothing half-written').toEqual(before);
  });
});

describe('a path that leads to no file', () => {
  it.each(['csv', 'tsv', 'jsonl', 'sites', 'parquet', 'rankify'] as const)(
    'is refused where it is a folder or a device, and the format %s is read from a file',
    async (format) => {
      for (const [path, problem] of [
        [files.at('.'), 'is a folder; expected a file'],
        ['/dev/null', 'is no plain file'],
      ] as const) {
        await expect(inspectDataset({ path, name: 'mine' }, format)).rejects.toMatchObject({
          field: '/path',
          message: `mine: ${problem}`,
        });
      }
    },
  );
});

describe('JSON lines', () => {
  it('says which column no list of columns can show', async () => {
    const path = files.at('proto.jsonl');
    await writeFile(path, '{"__proto__":{"t":"x"},"l":"y"}\n');
    await expect(inspectDataset({ path, name: 'a.jsonl' }, 'jsonl')).rejects.toThrow(
      'a.jsonl: a column is called "__proto__", which JavaScript keeps for itself: rename it',
    );
  });

  const options = { format: 'jsonl' } as const;
  const line = (text: string, label: unknown) => JSON.stringify({ text, label });

  it('reads strings, numbers and booleans as labels', async () => {
    const content = csvOf(40)
      .split('\n')
      .slice(1, -1)
      .map((row, i) => line(row, i % 2 === 0))
      .join('\n');
    const { head, report } = await files.importing(content, options);
    expect(head.classes).toEqual(['false', 'true']);
    expect(report.examples.train + report.examples.validation + report.examples.test).toBe(40);
  });

  it('reads a text or a list of texts as the answers to a question', async () => {
    const mapping = DatasetMapping.parse({ objective: 'question-answering', prompt: 'text', answers: 'label' });
    const split = DatasetSplit.parse({ by: 'column', column: 'side' });
    const row = (side: string, label: unknown) => JSON.stringify({ text: side, label, side });
    const reading = (...rows: string[]) => files.importing(rows.join('\n'), { ...options, mapping, split });
    const { head, lines, rows } = await reading(
      row('train', ['Paris', 'city of Paris']),
      row('validation', 'Rome'),
      row('test', [1912]),
    );
    expect(head).toMatchObject({ objective: 'question-answering', answerTokens: 32 });
    expect(rows.map(({ fields }) => fields.answers)).toEqual(['Paris | city of Paris', 'Rome', '1912']);
    const kept = lines.slice(1).map((line) => (JSON.parse(line) as { answers: string[] }).answers);
    expect(kept).toEqual([['Paris', 'city of Paris'], ['Rome'], ['1912']]);
    await expect(reading(row('train', []))).rejects.toThrow('line 1, column "label": is empty');
    await expect(reading(row('train', ['a', ' ']))).rejects.toThrow('line 1, column "label": is empty');
    await expect(reading(row('train', [['a']]))).rejects.toThrow('line 1, column "label": is nested');
  });

  it.each<[string, string, RegExp, string]>([
    ['a line that is not JSON', `${line('a', 'b')}\n{"text": "a",\n`, /^mine.csv, line 2: not JSON/, '/file'],
    ['a line that is no object', `${line('a', 'b')}\n\n[1]\n`, /^mine.csv, line 3: expected an object/, '/file'],
    ['a nested value', line('a', { b: 1 }), /^mine.csv, line 1, column "label": is nested/, '/mapping/label'],
    [
      'a key that is missing',
      '{"text":"a"}',
      /^mine.csv, line 1: there is no column "label"; the columns are: text$/,
      '/mapping/label',
    ],
    [
      'a whole number that JSON readers round',
      '{"text":"a","label":10000000000000001}',
      /^mine.csv, line 1, column "label": holds a whole number beyond 2⁵³, which is read as another one; write it in quotes$/,
      '/file',
    ],
    ['a null', line('a', null), /line 1, column "label": the label is empty/, '/mapping/label'],
    [
      'a prototype in place of a column',
      '{"__proto__":{"text":"a"},"label":"b"}',
      /there is no column "text"/,
      '/mapping/text',
    ],
    [
      'a line without end',
      `{"text":"${'x'.repeat(5_000_000)}`,
      /^mine.csv, line 1: the line is longer than 4194304/,
      '/file',
    ],
  ])('says what is wrong with %s', async (_, content, message, field) => {
    const error = await refusalOf(files.importing(content, options));
    expect(error.message).toMatch(message);
    expect(error.field).toBe(field);
  });
});

describe('Parquet', () => {
  const regression = DatasetMapping.parse({ objective: 'regression', text: 'review', label: 'price' });

  it('reads what pyarrow wrote, over groups of rows, beside a nested column that is not asked for', async () => {
    const imported = await importDataset({
      source: fixture('flat.parquet'),
      format: 'parquet',
      mapping: regression,
      split: byHash,
    });
    expect(imported.rows[11]).toMatchObject({ row: 'row 12', fields: { text: 'Review la of a café', number: '2.75' } });
    const { train, validation, test } = imported.report.examples;
    expect(train + validation + test).toBe(30);
  });

  it('reads whole numbers as labels, in their order', async () => {
    const mapping = DatasetMapping.parse({ objective: 'classification', text: 'review', label: 'stars' });
    const imported = await importDataset({
      source: fixture('flat.parquet'),
      format: 'parquet',
      mapping,
      split: byHash,
    });
    expect(imported.head.classes).toEqual(['1', '2', '3', '4', '5']);
  });

  it('lists columns and first rows', async () => {
    const { columns, rows } = await inspectDataset(fixture('flat.parquet'), 'parquet');
    expect(columns).toEqual(['review', 'stars', 'price', 'unread']);
    expect(rows[4]).toEqual({ review: 'Review ea of a café', stars: '5', price: '1', unread: '[4,4]' });
    expect(rows).toHaveLength(5);
  });

  it('reads lists of numbers as those of a row', async () => {
    const mapping = DatasetMapping.parse({
      objective: 'feature-ranking',
      query: 'query',
      features: 'features',
      grade: 'grade',
    });
    const imported = await importDataset({
      source: fixture('lists.parquet'),
      format: 'parquet',
      mapping,
      split: byHash,
    });
    expect(JSON.parse(imported.rows[1]!.fields.rows!)[1]).toMatchObject({ features: [2, 0, -4], grade: 1 });
  });

  it('refuses bytes that are no text', async () => {
    const mapping = DatasetMapping.parse({ objective: 'classification', text: 'query', label: 'key' });
    await expect(
      importDataset({ source: fixture('lists.parquet'), format: 'parquet', mapping, split: byHash }),
    ).rejects.toThrow(
      'lists.parquet, row 1, column "key": holds bytes that are not UTF-8; write them as text, in hexadecimal say',
    );
  });

  it('refuses a footer whose rows are not those of its groups', async () => {
    const bytes = await readFile(fixture('flat.parquet').path);
    // A field of 64 bits, twice 30 as it is coded, and the list of groups.
    bytes[bytes.lastIndexOf(Buffer.from([0x16, 60, 0x19])) + 1] = 126;
    await expect(files.importing(bytes, { format: 'parquet', mapping: regression })).rejects.toThrow(
      'mine.csv: its footer says 63 rows, and its groups of rows have 30; write the file anew',
    );
  });

  it('refuses a nested column, a missing one and what is no Parquet', async () => {
    const reading = (name: string, mapping = classification) =>
      importDataset({ source: fixture(name), format: 'parquet', mapping, split: byHash });
    await expect(reading('nested.parquet')).rejects.toThrow(
      'nested.parquet, column "text": is nested (it holds body, lang); write it as a column of its own',
    );
    await expect(reading('flat.parquet')).rejects.toThrow('there is no column "text"; the columns are: review, stars');
    await expect(files.importing('text,label\na,b\nc,d\n', { format: 'parquet' })).rejects.toThrow(
      'mine.csv: not a whole Parquet file: it does not begin with PAR1',
    );
    await expect(files.importing('PAR1 and no end of it', { format: 'parquet' })).rejects.toThrow(
      'does not end with PAR1',
    );
    await expect(files.importing('PAR1\xff\xff\xff\x7fPAR1', { format: 'parquet' })).rejects.toThrow(
      /footer cannot be read/,
    );
    await expect(files.importing(`PAR1${'\0'.repeat(20)}PAR1`, { format: 'parquet' })).rejects.toThrow(
      'mine.csv: its footer cannot be read: it is damaged; write the file anew',
    );
    await expect(files.importing('', { format: 'parquet' })).rejects.toThrow('mine.csv: the file is empty');
    expect(existsSync(files.at('mine.csv.out'))).toBe(false);
  });
});

describe('the schema of a mapping', () => {
  it('gives every whole number what a form needs: a title, a description, bounds, and a default where it is one for all formats', () => {
    const fields = objectives.flatMap((objective) => {
      const { properties = {} } = z.toJSONSchema(mappingSchema(objective), { io: 'input' });
      return Object.entries(properties).filter(([, property]) => (property as { type?: string }).type === 'integer');
    });
    const found = (title: string, description: RegExp) => ({
      type: 'integer',
      title,
      description: expect.stringMatching(description),
      minimum: 0,
      maximum: 1000,
    });
    expect(
      Object.fromEntries(
        fields.map(([field, property]) => [`${field} ${(property as { title: string }).title}`, property]),
      ),
    ).toEqual({
      'candidates Candidates': found(
        'Candidates',
        /^Documents that BM25 ranks .* Default: 20 of a collection, else 0\.$/,
      ),
      'candidates Negatives': found('Negatives', /^Documents that BM25 ranks .* Default: 0\.$/),
      'answerTokens Tokens of an answer': {
        type: 'integer',
        title: 'Tokens of an answer',
        description: 'Most that the model may write, its end included.',
        minimum: 2,
        maximum: 256,
        default: 32,
      },
    });
    expect(fields.map(([field]) => field)).toEqual([
      'answerTokens',
      'candidates',
      'candidates',
      'candidates',
      'answerTokens',
      'answerTokens',
      'answerTokens',
    ]);
  });
});
