import { describe, expect, it } from 'vitest';
import { asked, askedCount } from '../support/asked.js';

const engines = ['wasm', 'tensorflow', 'torch'];

describe('names that a variable lists', () => {
  it('takes all where it is not set, or empty', () => {
    expect(asked('PART', engines, {})).toEqual(engines);
    expect(asked('PART', engines, { PART: '' })).toEqual(engines);
  });

  it('takes those listed, in the order of the bench', () => {
    expect(asked('PART', engines, { PART: 'torch, wasm' })).toEqual(['wasm', 'torch']);
  });

  it('names what there is not, and what there is', () => {
    expect(() => asked('PART', engines, { PART: 'torch,cuda' })).toThrow(
      'PART names cuda; there are wasm, tensorflow, torch',
    );
  });
});

describe('a count that a variable gives', () => {
  it('takes the usual one where it is not set', () => {
    expect(askedCount('STEPS', { usual: 100 }, {})).toBe(100);
    expect(askedCount('STEPS', { usual: 100 }, { STEPS: '7' })).toBe(7);
  });

  it.each(['0', '1.5', 'many'])('refuses %s', (given) => {
    expect(() => askedCount('STEPS', { usual: 100 }, { STEPS: given })).toThrow(
      `STEPS is "${given}": expected a whole number of 1 or more, such as 100`,
    );
  });
});
