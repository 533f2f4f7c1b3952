import { CreateDataset } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { emptyValues, formatOf, mistakes, nameOf, objectivesOf, requestOf } from '../src/features/datasets/request.js';

describe('the form of a data set', () => {
  it('says the columns of its objective and no others', () => {
    const values = { ...emptyValues, name: 'mine', text: 'body', label: 'kind', prompt: 'left over' };
    expect(CreateDataset.parse(requestOf(values))).toEqual({
      name: 'mine',
      format: 'csv',
      mapping: { objective: 'classification', text: 'body', label: 'kind' },
      split: { by: 'hash', validation: 0.1, test: 0.1 },
    });
    const byColumn = {
      ...values,
      objective: 'instruction-tuning',
      completion: 'b',
      splitBy: 'column',
      splitColumn: 's',
    };
    expect(CreateDataset.parse(requestOf(byColumn as typeof values))).toMatchObject({
      mapping: { objective: 'instruction-tuning', prompt: 'left over', completion: 'b' },
      split: { by: 'column', column: 's', values: { train: 'train' } },
    });
  });

  it('says in words what keeps it from being sent', () => {
    const name = 'name it in lower-case words joined by dashes, at most 64 characters, e.g. "my-reviews"';
    expect(mistakes({ ...emptyValues, name: 'My Reviews' }, false)).toEqual({ name });
    expect(mistakes({ ...emptyValues, name: '' }, true)).toEqual({
      name,
      text: 'choose the column of the text',
      label: 'choose the column of the label',
    });
    const chosen = { ...emptyValues, name: 'mine', text: 'body', label: 'kind' };
    expect(mistakes(chosen, true)).toEqual({});
    expect(mistakes({ ...chosen, splitBy: 'column' }, true)).toEqual({
      split: 'choose the column that names the split',
    });
    expect(mistakes({ ...chosen, validation: 0.9, test: 0.9 }, true)).toHaveProperty('whole');
  });

  it('names a folder of images by its path', () => {
    const values = { ...emptyValues, name: 'd', format: 'images', objective: 'image-classification', channels: '1' };
    expect(CreateDataset.parse(requestOf({ ...values, path: 'digits' } as typeof emptyValues))).toMatchObject({
      path: 'digits',
      mapping: { objective: 'image-classification', channels: 1 },
    });
    expect(objectivesOf('images')).toEqual(['image-classification']);
    expect(objectivesOf('csv')).not.toContain('image-classification');
  });

  it('guesses format and name from a file', () => {
    expect(['a.csv', 'b.NDJSON', 'c.parquet', 'd.txt', 'e'].map(formatOf)).toEqual([
      'csv',
      'jsonl',
      'parquet',
      undefined,
      undefined,
    ]);
    expect(nameOf('My Reviews (2).final.csv')).toBe('my-reviews-2-final');
  });
});
