import { z } from 'zod';
import { defineAudit, textFields } from './audit.js';

/** Tokens by chance: what a text has to beat. */
export const randomText = defineAudit({
  name: 'random-text',
  title: 'Random text',
  summary: 'Puts tokens by chance at the end of a product.',
  evidence: { level: 'full' },
  config: z.strictObject(textFields),
  async text({ config, victim: { allowed, textOf }, random }) {
    return textOf(Array.from({ length: config.length }, () => allowed[random.integer(allowed.length)]!));
  },
});
