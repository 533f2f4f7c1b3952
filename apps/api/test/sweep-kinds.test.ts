import { sweepKinds } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { sweepKindPlanning } from '../src/planning/kinds/registry.js';

it('plans every kind of sweep', () => {
  expect(Object.keys(sweepKindPlanning).sort()).toEqual([...sweepKinds].sort());
});
