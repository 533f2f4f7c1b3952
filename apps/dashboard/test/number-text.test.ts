import { describe, expect, it } from 'vitest';
import { numberOf, stepped, wrongNumberText } from '../src/lib/number-text.js';

describe('a number that is typed', () => {
  it('means what it says, with an exponent too', () => {
    expect(['1e3', '1E-4', ' 2.5e+1 ', '.5', '-3', '007', '1.'].map(numberOf)).toEqual([
      1000, 0.0001, 25, 0.5, -3, 7, 1,
    ]);
    expect(numberOf('  ')).toBe('');
  });

  it('does not come of another text, or of one that is too large', () => {
    expect(['1e', '1e-', '-', '1,5', '0x10', 'Infinity', '1e999', '1 000'].map(numberOf)).toEqual(
      Array(8).fill(Number.NaN),
    );
  });

  it('says in words what is wrong', () => {
    expect(wrongNumberText('', {})).toBeUndefined();
    expect(wrongNumberText('1e3', { min: 1 })).toBeUndefined();
    expect(wrongNumberText('1e', {})).toBe('expected a number, such as 0.001 or 1e-3, got "1e"');
    expect(wrongNumberText('-1', { min: 0 })).toBe('choose 0 or more');
    expect(wrongNumberText('2', { min: 0, max: 1 })).toBe('choose 0 to 1');
  });

  it('takes steps inside its range, without digits of binary fractions', () => {
    expect(stepped(0.1, 0.2, {})).toBe(0.3);
    expect(stepped(0.05, -0.1, { min: 0.01 })).toBe(0.01);
  });
});
