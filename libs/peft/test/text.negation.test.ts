import { describe, expect, it } from 'vitest';
import { apart } from '../src/text/negation.js';

describe('a query with what it does not ask for', () => {
  it.each([
    ['whales but not ships at sea', ' but not ', { wanted: 'whales', unwanted: ['ships', 'at', 'sea'] }],
    ['whales BUT NOT ships', ' but not ', { wanted: 'whales', unwanted: ['ships'] }],
    // Its first letter is two in lower case.
    ['İstanbul but not Ankara', ' but not ', { wanted: 'İstanbul', unwanted: ['Ankara'] }],
    ['a (not) b', ' (not) ', { wanted: 'a', unwanted: ['b'] }],
    ['whales', ' but not ', { wanted: 'whales', unwanted: [] }],
  ])('is taken apart at the separator: %s', (query, separator, expected) => {
    expect(apart(query, separator)).toEqual(expected);
  });

  it('refuses a query where nothing stands on one side', () => {
    expect(() => apart('but not ships', ' but not ')).toThrow('nothing stands before " but not "');
  });
});
