import { expect, it } from 'vitest';
import { type Scorings, secondsLeft, type Work } from '../src/sweeps/time-left.js';

const nothing: Work = {
  sweepId: 's',
  stepsDone: 0,
  stepsTotal: 0,
  runningSeconds: null,
  secondsTrained: 0,
  scorings: 0,
  scoringsEnded: 0,
  secondsScored: 0,
};

/** Four trainings of 100 steps and 10 seconds each, two at once: two have ended, and none is under way. */
const halfTrained: Work[] = [
  { ...nothing, stepsDone: 200, stepsTotal: 200, runningSeconds: 10, secondsTrained: 20 },
  { ...nothing, stepsTotal: 200 },
];
const scorings = (change: Partial<Scorings>): Scorings => ({ done: 0, total: 4, secondsEach: 3, ...change });

it('adds the scorings that are to come to the steps that are left, at the pace of what ran at once', () => {
  // 20 seconds of training and 4 × 3 of scoring are left, and two run at once.
  expect(secondsLeft(halfTrained, 400, scorings({}))).toBe((20 + 12) / 2);
  expect(secondsLeft(halfTrained, 400, scorings({ total: 0, secondsEach: null }))).toBe(20 / 2);
});

it('shrinks while scorings run, and is never zero before the last has ended', () => {
  const trained = { ...nothing, stepsDone: 400, stepsTotal: 400, runningSeconds: 20, secondsTrained: 40 };
  const left = [0, 1, 2, 3, 4].map((done) => {
    const elapsed = 20 + (done * 3) / 2;
    const row = { ...trained, runningSeconds: elapsed, scorings: 4, scoringsEnded: done, secondsScored: done * 3 };
    return secondsLeft([row], 400, scorings({ done }));
  });
  expect(left).toEqual([6, 4.5, 3, 1.5, 0]);
});

it('is unknown before the first steps, and while no scoring was ever timed', () => {
  const started = { ...nothing, stepsDone: 1, stepsTotal: 400, runningSeconds: 5, secondsTrained: 5 };
  expect(secondsLeft([started], 400, scorings({}))).toBeNull();
  expect(secondsLeft(halfTrained, 400, scorings({ secondsEach: null }))).toBeNull();
});
