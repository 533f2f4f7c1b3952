/** @file The ceiling: one training on the examples of all clients, as if nothing kept them apart. */
import { z } from 'zod';
import { defineStrategy } from '../strategy.js';

export const pooled = defineStrategy({
  name: 'pooled',
  title: 'Pooled data',
  evidence: { level: 'full' },
  summary: 'One training on the examples of all clients: what a federation could reach.',
  config: z.strictObject({}),
  linear: false,
  exact: () => true,
  sites: 'together',
});
