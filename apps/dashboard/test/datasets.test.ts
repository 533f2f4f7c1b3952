import { CreateDataset, type ObjectiveView } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import {
  chosenObjective,
  columnsAsked,
  emptyValues,
  mistakes,
  readableFrom,
  requestOf,
} from '../src/features/datasets/request.js';
import { nameOf, wrongName } from '../src/lib/names.js';

type Dataset = NonNullable<ObjectiveView['dataset']>;
type Column = Dataset['columns'][number];

/** An objective as the API lists it: one that reads no file, and one for each kind of column and source. */
function view(
  name: string,
  columns: Partial<Column>[] | null,
  {
    from = 'table',
    mapping = {},
    formats = from === 'images' ? ['images'] : ['csv', 'jsonl'],
    usual = {},
  }: Partial<Dataset> = {},
): ObjectiveView {
  const whole = (column: Partial<Column>): Column => ({
    field: column.field!,
    holds: 'text',
    title: column.field!,
    description: null,
    optional: false,
    option: column.field!,
    ...column,
  });
  const dataset = columns && { from, formats, columns: columns.map(whole), mapping, usual };
  return { name, title: name, unit: 'example', metrics: [], dataset };
}
const text = { field: 'text', title: 'Text' };
const objectives = [
  view('generated', null),
  view('completing', [{ field: 'prompt' }, { field: 'completion' }]),
  view('classes', [text, { field: 'label', title: 'Label', holds: 'class' }], {
    formats: ['csv', 'jsonl', 'sites'],
    usual: { sites: { text: 'text', label: 'label' } },
  }),
  view('pictures', [], { from: 'images' }),
  view('grounded', [{ field: 'prompt' }, { field: 'request', optional: true, holds: 'request' }], {
    formats: ['jsonl', 'crud-rag'],
    mapping: {
      properties: {
        request: { type: 'string' },
        segmenter: { type: 'string', enum: ['spaces', 'jieba'], title: 'Words', description: 'Where they end.' },
      },
    },
  }),
  view('answering', [{ field: 'prompt' }, { field: 'answers', holds: 'texts' }], {
    mapping: {
      properties: {
        prompt: { type: 'string' },
        answerTokens: {
          type: 'integer',
          title: 'Tokens of an answer',
          description: 'Most that the model may write.',
          minimum: 2,
          maximum: 256,
          default: 32,
        },
      },
    },
  }),
];

describe('the form of a data set', () => {
  it('leaves out rows with an empty cell where it is asked to, of tables alone', () => {
    const values = { ...emptyValues, name: 'mine', columns: { text: 'body', label: 'kind' }, skipEmpty: true };
    expect(requestOf(values, objectives).skipEmpty).toBe(true);
    expect(requestOf({ ...values, skipEmpty: false }, objectives)).not.toHaveProperty('skipEmpty');
    expect(requestOf({ ...values, format: 'images' }, objectives)).not.toHaveProperty('skipEmpty');
  });

  it('says the columns of its objective and no others', () => {
    const values = { ...emptyValues, name: 'mine', columns: { text: 'body', label: 'kind', prompt: 'left over' } };
    expect(CreateDataset.parse(requestOf(values, objectives))).toEqual({
      name: 'mine',
      format: 'csv',
      mapping: { objective: 'classes', text: 'body', label: 'kind' },
      split: { by: 'hash', validation: 0.1, test: 0.1 },
    });
    const byColumn = {
      ...values,
      objective: 'completing',
      columns: { ...values.columns, completion: 'b' },
      splitBy: 'column',
      splitColumn: 's',
    };
    expect(CreateDataset.parse(requestOf(byColumn as typeof values, objectives))).toMatchObject({
      mapping: { objective: 'completing', prompt: 'left over', completion: 'b' },
      split: { by: 'column', column: 's', values: { train: 'train' } },
    });
  });

  it('says in words what keeps it from being sent', () => {
    const name = 'name it in lower-case words joined by dashes, at most 64 characters, e.g. "my-reviews"';
    expect(mistakes({ ...emptyValues, name: 'My Reviews' }, false, objectives)).toEqual({ name });
    expect(mistakes({ ...emptyValues, name: '' }, true, objectives)).toEqual({
      name,
      text: 'choose the column of the text',
      label: 'choose the column of the label',
    });
    const chosen = { ...emptyValues, name: 'mine', columns: { text: 'body', label: 'kind' } };
    expect(mistakes(chosen, true, objectives)).toEqual({});
    expect(mistakes({ ...chosen, splitBy: 'column' }, true, objectives)).toEqual({
      split: 'choose the column that names the split',
    });
    expect(mistakes({ ...chosen, validation: 0.9, test: 0.9 }, true, objectives)).toHaveProperty('whole');
  });

  it('names a folder of images by its path', () => {
    const values = { ...emptyValues, name: 'd', format: 'images', objective: 'classes', channels: '1' };
    expect(
      CreateDataset.parse(requestOf({ ...values, path: 'digits' } as typeof emptyValues, objectives)),
    ).toMatchObject({
      path: 'digits',
      mapping: { objective: 'pictures', channels: 1 },
    });
    const names = (format: 'csv' | 'images') => readableFrom(format, objectives).map(({ name }) => name);
    expect(names('images')).toEqual(['pictures']);
    expect(names('csv')).toEqual(['classes', 'completing', 'answering']);
  });

  it('asks for no column where a format knows them and its file shows none', () => {
    const values = { ...emptyValues, name: 'mail', format: 'sites' as const };
    expect(mistakes(values, true, objectives)).toEqual({});
    expect(requestOf(values, objectives).mapping).toEqual({ objective: 'classes' });
    const chosen = chosenObjective(values, objectives);
    const asked = (format: 'csv' | 'sites', columns: string[]) =>
      columnsAsked(chosen, { format, columns }).map(({ field }) => field);
    expect(asked('sites', ['site', 'sha256'])).toEqual([]);
    expect(asked('sites', ['text'])).toEqual(['text']);
    expect(asked('csv', ['site'])).toEqual(['text', 'label']);
  });

  it('says a column in the place of those that it replaces', () => {
    const columns = [
      { field: 'prompt' },
      { field: 'completion' },
      { field: 'messages', optional: true, replaces: ['prompt', 'completion'] },
    ];
    const own = [view('talks', columns)];
    const values = { ...emptyValues, name: 'talks', objective: 'talks' };
    expect(mistakes(values, true, own)).toMatchObject({ prompt: expect.any(String), completion: expect.any(String) });
    const chosen = { ...values, columns: { prompt: 'p', messages: 'talk' } };
    expect(mistakes(chosen, true, own)).toEqual({});
    expect(requestOf(chosen, own).mapping).toEqual({ objective: 'talks', messages: 'talk' });
  });

  it('says a template in the place of the column that it replaces', () => {
    const promptTemplate = { type: 'string', title: 'Template', description: 'Of columns.', replaces: 'prompt' };
    const columns = [{ field: 'prompt' }, { field: 'completion' }];
    const own = [view('templated', columns, { mapping: { properties: { promptTemplate } } })];
    const values = { ...emptyValues, name: 'mine', columns: { prompt: 'p', completion: 'c' } };
    expect(requestOf(values, own).mapping).toEqual({ objective: 'templated', prompt: 'p', completion: 'c' });
    const filled = { ...values, texts: { promptTemplate: '{a}\n{b}' } };
    expect(requestOf(filled, own).mapping).toEqual({
      objective: 'templated',
      promptTemplate: '{a}\n{b}',
      completion: 'c',
    });
    const without = { ...filled, columns: { completion: 'c' } };
    expect(mistakes(without, true, own)).toEqual({});
    expect(mistakes({ ...without, texts: {} }, true, own)).toEqual({ prompt: 'choose the column of the prompt' });
  });

  it('sends the numbers of its objective that are filled in, within their bounds', () => {
    const values = {
      ...emptyValues,
      name: 'mine',
      objective: 'answering',
      columns: { prompt: 'ask', answers: 'gold' },
    };
    const mapping = { objective: 'answering', prompt: 'ask', answers: 'gold' };
    expect(CreateDataset.parse(requestOf(values, objectives)).mapping).toEqual(mapping);
    expect(requestOf({ ...values, numbers: { answerTokens: '' } }, objectives).mapping).toEqual(mapping);
    const filled = { ...values, numbers: { answerTokens: 6 } };
    expect(CreateDataset.parse(requestOf(filled, objectives)).mapping).toEqual({ ...mapping, answerTokens: 6 });
    expect(mistakes(filled, true, objectives)).toEqual({});
    for (const answerTokens of [1, 257]) {
      expect(mistakes({ ...values, numbers: { answerTokens } }, true, objectives)).toEqual({
        answerTokens: 'choose 2 to 256 tokens of an answer',
      });
    }
    expect(mistakes({ ...values, numbers: { answerTokens: 2.5 } }, true, objectives)).toEqual({
      answerTokens: 'choose a whole number from 2 to 256 tokens of an answer',
    });
    // Another objective has no such field, and what was filled in is left over.
    const other = { ...filled, objective: 'completing', columns: { prompt: 'a', completion: 'b' } };
    expect(requestOf(other, objectives).mapping).toEqual({ objective: 'completing', prompt: 'a', completion: 'b' });
  });

  it('offers objectives by format, leaves optional columns out, and sends what is chosen of a list', () => {
    const names = (format: 'crud-rag' | 'jsonl' | 'rankify') =>
      readableFrom(format, objectives).map(({ name }) => name);
    expect(names('crud-rag')).toEqual(['grounded']);
    expect(names('jsonl')).toContain('grounded');
    expect(names('rankify')).toEqual([]);
    const values = { ...emptyValues, name: 'news', format: 'crud-rag' as const, columns: { prompt: 'prompt' } };
    expect(mistakes(values, true, objectives)).toEqual({});
    expect(requestOf(values, objectives).mapping).toEqual({ objective: 'grounded', prompt: 'prompt' });
    const chosen = { ...values, columns: { prompt: 'prompt', request: 'r' }, choices: { segmenter: 'jieba' } };
    expect(CreateDataset.parse(requestOf(chosen, objectives)).mapping).toEqual({
      ...{ objective: 'grounded', prompt: 'prompt' },
      ...{ request: 'r', segmenter: 'jieba' },
    });
  });

  it('guesses a name from that of a file', () => {
    expect(nameOf('My Reviews (2).final.csv')).toBe('my-reviews-2-final');
    expect(wrongName('my-reviews-2', 'other')).toBeUndefined();
    expect(wrongName('My Reviews', 'other')).toMatch(/e\.g\. "my-reviews"$/);
    expect(wrongName('', 'other')).toMatch(/e\.g\. "other"$/);
  });
});
