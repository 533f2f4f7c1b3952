import { z } from 'zod';
import { Slug } from '../common.js';
import { AskedTemplate, type GeneratorKindRecord, ofInstallation } from './record.js';

/** Fields of a request that adds one. */
export const askedOfBase = { kind: z.literal('base'), base: Slug, template: AskedTemplate };

/** A base model of this installation, on our own engine. */
export const base = {
  name: 'base',
  label: 'A base model',
  reproducible: true,
  model: ({ base }) => base,
  place: () => ofInstallation,
} as const satisfies GeneratorKindRecord<'base', { base: string }>;
