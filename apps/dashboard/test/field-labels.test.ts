import { describe, expect, it } from 'vitest';
import { fieldLabel } from '../src/lib/field-labels.js';

describe('a field of a request', () => {
  const labels = { '/skipEmpty': 'Leave out rows with an empty cell', '/mapping/origins': 'Where examples are from' };

  it.each([
    ['/skipEmpty', 'Leave out rows with an empty cell'],
    ['/mapping/origins/0', 'Where examples are from, 1'],
    ['/training/batchSize', 'training, batch size'],
    ['/methods/2/config/rank', 'methods, 3, config, rank'],
    ['', ''],
  ])('%j is called %j', (path, expected) => {
    expect(fieldLabel(path, labels)).toBe(expected);
  });
});
