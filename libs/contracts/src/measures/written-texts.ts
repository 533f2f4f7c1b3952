/** @file The cost of texts that a generator writes before the first step of a training. */
import { z } from 'zod';
import { WriterReport } from '../generator.js';
import { defineMeasure, type Known, mean, reported } from './measure.js';

const reportOf = ({ training }: Known): WriterReport | undefined => reported<WriterReport>(training, 'writer');

export const writtenTexts = defineMeasure({
  name: 'writtenTexts',
  title: 'Texts of a generator',
  hint: 'Texts that a generator was asked for before the first step, known ones as well.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: { writer: WriterReport.meta({ description: 'Of a training whose recipe asks a generator.' }) },
  of: (known) => reportOf(known)?.calls,
  combine: mean,
  limits: true,
  on: 'some',
  line: { title: 'texts' },
  column: { id: 'written-texts', priority: 1 },
});

export const writtenTokens = defineMeasure({
  name: 'writtenTokens',
  title: 'Tokens of texts',
  hint: 'Tokens that the generator read and wrote for the texts of a training.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  of(known) {
    const tokens = reportOf(known)?.tokens;
    return tokens ? tokens.read + tokens.written : undefined;
  },
  combine: mean,
  limits: true,
  on: 'some',
  line: { title: 'tokens of texts' },
  column: { id: 'written-tokens', priority: 2 },
});

export const writtenPrice = defineMeasure({
  name: 'writtenPrice',
  title: 'Price of texts',
  hint: 'Tokens of the texts of a training at the price that the generator was added with.',
  unit: 'money',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  of: (known) => reportOf(known)?.price,
  combine: mean,
  limits: true,
  on: 'some',
  line: { title: 'price of texts' },
  column: { id: 'written-price', priority: 1 },
});
