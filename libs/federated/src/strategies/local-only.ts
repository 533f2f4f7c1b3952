/** @file The floor: every client trains by itself and sends nothing. Scores are means over the clients' models. */
import { z } from 'zod';
import { defineStrategy } from '../strategy.js';

export const localOnly = defineStrategy({
  name: 'local-only',
  title: 'Each client alone',
  evidence: { level: 'full' },
  summary: 'Every client trains by itself and sends nothing: what a federation has to beat.',
  config: z.strictObject({}),
  linear: false,
  exact: () => false,
  sites: 'alone',
});
