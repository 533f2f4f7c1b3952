import { expect, it } from 'vitest';
import { noTrialsText } from '../src/features/trials/no-trials.js';

const plain = { waitsFor: null, uncreated: 0, state: 'RUNNING' as const };

it('says why a sweep shows no trial', () => {
  const waitsFor = { sweepId: '1', sweepName: 'Teacher', trialId: null, state: 'RUNNING' };
  expect(noTrialsText({ ...plain, uncreated: 4, waitsFor })).toMatch(/waits for Teacher/);
  expect(noTrialsText({ ...plain, uncreated: 1 })).toMatch(/^None of the 1 planned trial of/);
  expect(noTrialsText({ ...plain, uncreated: 1200, state: 'CANCELLED' })).toMatch(
    /cancelled before any of its 1,200 planned trials/,
  );
  expect(noTrialsText(plain)).toBe('This sweep has no trials.');
});
