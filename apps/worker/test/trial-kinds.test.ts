import { trialKinds } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { trialRunners } from '../src/trainer/kinds/registry.js';

it('runs every kind of trial', () => {
  expect(Object.keys(trialRunners).sort()).toEqual(trialKinds.map(({ name }) => name).sort());
});
