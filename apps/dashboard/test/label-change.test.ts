import { ChangeSweep } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { labelChange, labelsOf } from '../src/features/sweeps/label-change.js';
import { SweepsSearch } from '../src/features/sweeps/search.js';

describe('a change of name, tags and note', () => {
  const before = labelsOf({ name: 'ranks', tags: ['draft', 'paper'], note: null });

  it('sends nothing where nothing was touched, which the API refuses', () => {
    const change = labelChange(before, { ...before, tags: ['paper', 'draft'] });
    expect(change).toEqual({});
    expect(ChangeSweep.safeParse(change).success).toBe(false);
  });

  it('sends what was touched, and of tags those that came and went', () => {
    const change = labelChange(before, { name: 'ranks', tags: ['paper', 'final'], note: 'second try' });
    expect(change).toEqual({ addTags: ['final'], removeTags: ['draft'], note: 'second try' });
    expect(ChangeSweep.parse(change)).toEqual(change);
  });

  it('takes a note away', () => {
    expect(labelChange({ ...before, note: 'first try' }, before)).toEqual({ note: '' });
  });
});

describe('the address of the list of sweeps', () => {
  it('has tags in one spelling, each once, and goes without what is no tag', () => {
    expect(SweepsSearch.parse({ tag: ['Paper', 'ranks', 'paper'] }).tag).toEqual(['paper', 'ranks']);
    expect(SweepsSearch.parse({ tag: ['a,b'], search: 'dora' })).toMatchObject({ tag: undefined, search: 'dora' });
  });
});
