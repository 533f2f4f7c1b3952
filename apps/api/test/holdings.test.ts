import { expect, it } from 'vitest';
import { Holdings } from '../src/platform/holdings.js';

it('bounds what each owner holds, and counts what is given back once', () => {
  const holdings = new Holdings(2, 'uploads');
  const first = holdings.take('a');
  holdings.take('a');
  expect(() => holdings.take('a')).toThrow('This project has 2 uploads under way, as many as it may');
  holdings.take('b');
  first();
  first();
  holdings.take('a');
  expect(() => holdings.take('a')).toThrow(expect.objectContaining({ kind: 'rate-limited', status: 429 }));
});
