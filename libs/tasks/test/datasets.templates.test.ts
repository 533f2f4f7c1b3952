import { type DatasetMapping, DatasetMapping as Mapping } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { readMapping } from '../src/index.js';
import { byColumn, useFolder } from './support/dataset-files.js';

const files = useFolder();
const template = '{instruction}\n{input}\n\nAnswer:';
const tuning = { objective: 'instruction-tuning', promptTemplate: template, completion: 'output' };

/** Rows as those of Alpaca, with changes to the first. */
const importing = (first: object = {}, mapping: object = tuning) => {
  const rows = [
    { instruction: 'Add.', input: '1 and 2', output: '3', split: 'train', ...first },
    { instruction: 'Name a colour.', input: '', output: 'Red', split: 'validation' },
    { instruction: 'Name a river.', input: null, output: 'Elbe', split: 'test' },
  ];
  const content = rows.map((row) => JSON.stringify(row)).join('\n');
  return files.importing(content, { format: 'jsonl', mapping: Mapping.parse(mapping), split: byColumn });
};

describe('a prompt of several columns', () => {
  it('stays as it is put together, blank columns with their lines left out', async () => {
    const { lines, rows } = await importing();
    const prompts = ['Add.\n1 and 2\n\nAnswer:', 'Name a colour.\n\nAnswer:', 'Name a river.\n\nAnswer:'];
    expect(lines.slice(1).map((line) => JSON.parse(line).prompt)).toEqual(prompts);
    expect(rows.map(({ fields }) => [fields.prompt, fields.completion])).toEqual([
      [prompts[0], '3'],
      [prompts[1], 'Red'],
      [prompts[2], 'Elbe'],
    ]);
  });

  it('asks where answers are written, too', async () => {
    const asking = { objective: 'question-answering', promptTemplate: '{instruction}', answers: 'output' };
    const { rows } = await importing({}, asking);
    expect(rows.map(({ fields }) => fields.prompt)).toEqual(['Add.', 'Name a colour.', 'Name a river.']);
  });

  it.each([
    [{ instruction: ' ', input: '' }, 'mine.csv, line 1, column "instruction", "input": is empty'],
    [{ input: ['a'] }, 'mine.csv, line 1, column "input": is nested'],
    [{ input: undefined }, 'mine.csv, line 1: there is no column "input"'],
  ])('refuses a row with %j', async (first, message) => {
    await expect(importing(first)).rejects.toMatchObject({
      field: '/mapping/promptTemplate',
      message: expect.stringContaining(message),
    });
  });
});

describe('a mapping', () => {
  const wrong = (mapping: DatasetMapping, format: 'jsonl' | 'rankify' = 'jsonl') => {
    const read = readMapping(mapping, format);
    return 'issues' in read ? read.issues.map(({ path, message }) => [path.join('/'), message]) : [];
  };

  it('takes either a column of prompts or a template', () => {
    const { promptTemplate: _, ...without } = tuning;
    expect(wrong(without)).toEqual([
      ['prompt', 'is missing: name its column, or say promptTemplate, or name messages'],
    ]);
    expect(wrong({ ...tuning, prompt: 'instruction' })).toEqual([
      ['promptTemplate', 'there is a column (prompt) and a template of several: leave one out'],
    ]);
    expect(wrong({ ...without, prompt: 'instruction' })).toEqual([]);
  });

  it('says a template in place of the column that its format has', () => {
    const asked = { objective: 'question-answering', promptTemplate: '{prompt}?' };
    expect(wrong(asked, 'rankify')).toEqual([]);
  });

  it('fails where its template cannot be read, or belongs to an objective without prompts', () => {
    expect(wrong({ ...tuning, promptTemplate: 'no column' })).toEqual([
      ['promptTemplate', 'names no column: write the name of one in braces, as {instruction}'],
    ]);
    const texts = { objective: 'language-modelling', text: 'text', promptTemplate: template };
    expect(wrong(texts)[0]![1]).toMatch(/^language-modelling takes no promptTemplate; it takes: /);
  });
});
