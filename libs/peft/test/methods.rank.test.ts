/** @file Rank parts against the reference, for every method that has one. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { methods } from '../src/registry.js';
import { expectSchedule } from './support/schedule.js';
import { readVector } from './support/vectors.js';

const scheduled = methods.flatMap((method) => {
  const { schedules = [] } = readVector('methods', method.name);
  return schedules.map((testCase, index) => ({ method, testCase, label: `${method.name} #${index}` }));
});

it('has a reference for every method with a rank part, and no other', () => {
  const withSchedule = methods.filter(({ rank }) => rank).map(({ name }) => name);
  expect([...new Set(scheduled.map(({ method }) => method.name))]).toEqual(withSchedule);
});

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await openEngine(backend);
  });

  it.each(scheduled)('$label does between steps what the reference does', async ({ method, testCase }) => {
    await expectSchedule(method, testCase, 1e-6);
  });
});
