import { expect, it } from 'vitest';
import { meaningOf, terms, wordsOf } from '../src/lib/glossary.js';

it('reads words and meanings from the tables of a glossary, as plain text', () => {
  const text =
    '| word | meaning |\n| ---- | ------- |\n| **turn** of a client | Its `steps` in [one](a.md) **round**. |\nProse.';
  expect([...wordsOf(text)]).toEqual([['turn', 'Its steps in one round.']]);
});

it.each(terms)('finds %s in the glossary', (term) => {
  expect(meaningOf(term)).toMatch(/^[A-Z].{20,}\.$/);
});
