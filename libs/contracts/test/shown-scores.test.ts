import { describe, expect, it } from 'vitest';
import { scoreDecimals, scoreText } from '../src/index.js';

const board = (...intervals: ([number, number] | null)[]) =>
  intervals.map((interval) => ({ score: interval ? (interval[0] + interval[1]) / 2 : null, interval }));

describe('digits of the scores of a board', () => {
  it('show the narrowest interval with two digits', () => {
    expect(scoreDecimals(board([1, 1.02], null, [1, 3]))).toBe(3);
    expect(scoreDecimals(board([100, 300]))).toBe(2);
    expect(scoreDecimals(board([0.91234, 0.91239]))).toBe(6);
  });

  it('follow the scores where no interval has a width', () => {
    expect(scoreDecimals([])).toBe(3);
    expect(scoreDecimals([{ score: 0.9, interval: null }])).toBe(4);
    expect(scoreDecimals([{ score: 2.134e-5, interval: [2.134e-5, 2.134e-5] }])).toBe(8);
  });

  it('tell scores below 0.001 apart', () => {
    const tiny: [number, number] = [1.9e-5, 2.3e-5];
    const decimals = scoreDecimals(board(tiny));
    expect(tiny.map((value) => scoreText(value, decimals))).toEqual(['0.0000190', '0.0000230']);
    const tinier: [number, number] = [1.94e-9, 2.31e-9];
    expect(tinier.map((value) => scoreText(value, scoreDecimals(board(tinier))))).toEqual(['1.94e-9', '2.31e-9']);
    expect(scoreText(0, 12)).toBe('0');
  });

  it('leave out what is rounding alone', () => {
    expect(scoreDecimals(board([0.8, 0.8 + 2e-16]))).toBe(7);
    expect(scoreText(-0.5, 12)).toBe('-0.5000000');
  });
});
