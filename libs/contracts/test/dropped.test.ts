import { describe, expect, it } from 'vitest';
import { droppedReason, rungLedgerText } from '../src/index.js';

const at = { rung: 1, rungs: 3, step: 20, value: 0.7125, best: 0.95, error: 0.05 };

describe('the reason of a trial that was left at a rung', () => {
  const place = 'went no further than step 20 of 100, rung 1 of 3: its validation value there, 0.7125, ';

  it('says that it loses for sure, with the test', () => {
    expect(droppedReason({ ...at, examples: 132, pValue: 2.13e-7, surely: true }, 100)).toBe(
      `${place}loses to the best, 0.95, for sure (p = 2.1e-7 on 132 examples)`,
    );
  });

  it('says that others had the places where it cannot be told from the best', () => {
    expect(droppedReason({ ...at, examples: 132, pValue: 0.31, surely: false }, 100)).toBe(
      `${place}cannot be told from the best, 0.95 (p = 0.31 on 132 examples), and others that cannot were better`,
    );
  });

  it('says no more than its place where no scores of examples were kept', () => {
    expect(droppedReason({ ...at, examples: null, pValue: null, surely: false }, 100)).toBe(
      `${place}was not among the best`,
    );
  });
});

it('a row says how many of its configurations stopped, and for how many that was sure', () => {
  const said = (stopped: number, surely: number) =>
    rungLedgerText({ stopped, surely, error: 0.05, configurations: [] });
  expect([said(2, 2), said(3, 1), said(1, 0)]).toEqual([
    '2 stopped at a rung, all for sure (error 5 %)',
    '3 stopped at a rung, 1 for sure (error 5 %)',
    '1 stopped at a rung, none for sure (error 5 %)',
  ]);
});
