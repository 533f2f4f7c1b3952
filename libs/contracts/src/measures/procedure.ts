/** @file What a procedure asks for an answer. */
import { z } from 'zod';
import { ProcedureReport } from '../generator.js';
import { defineMeasure, type Known, mean, reported, sumOfParts } from './measure.js';

/** The report of a procedure, where it is one. */
export const reportOf = ({ training }: Known): ProcedureReport | undefined =>
  reported<ProcedureReport>(training, 'procedure');

export const callsPerQuery = defineMeasure({
  name: 'callsPerQuery',
  title: 'Calls of a query',
  hint: 'Answers that a procedure asks its judge for, a query on average, known ones as well; before it runs, the most that it may ask.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: { procedure: ProcedureReport.meta({ description: 'Of an evaluation by a procedure.' }) },
  of(known) {
    const report = reportOf(known);
    return report && report.calls / report.queries;
  },
  predict: ({ calls }) => (calls === undefined ? undefined : sumOfParts({ 'calls of a query': calls })),
  combine: mean,
  limits: true,
  withoutRank: true,
  on: 'some',
  line: { title: 'calls/query' },
  column: { id: 'calls-per-query', priority: 1 },
});

export const tokensPerQuery = defineMeasure({
  name: 'tokensPerQuery',
  title: 'Tokens of a query',
  hint: 'Tokens that the generator reads and writes for a query, on average.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  of(known) {
    const report = reportOf(known);
    return report?.tokens ? (report.tokens.read + report.tokens.written) / report.queries : undefined;
  },
  combine: mean,
  limits: true,
  on: 'some',
  line: { title: 'tokens/query' },
  column: { id: 'tokens-per-query', priority: 2 },
});

export const pricePerQuery = defineMeasure({
  name: 'pricePerQuery',
  title: 'Price of a query',
  hint: 'Tokens of a query at the price that the generator was added with, on average.',
  unit: 'money',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  of(known) {
    const report = reportOf(known);
    return report?.price === undefined ? undefined : report.price / report.queries;
  },
  combine: mean,
  limits: true,
  on: 'some',
  line: { title: 'price/query' },
  column: { id: 'price-per-query', priority: 1 },
});

export const generatorSeconds = defineMeasure({
  name: 'generatorSeconds',
  title: 'Seconds of the generator',
  hint: 'Seconds that the generator took for a query, on average, when it gave its answers.',
  unit: 'seconds',
  direction: 'minimize',
  observed: true,
  schema: z.number().nonnegative(),
  of(known) {
    const report = reportOf(known);
    return report && report.seconds / report.queries;
  },
  combine: mean,
  limits: true,
  on: 'some',
  line: { title: 's/query' },
  column: { id: 'generator-seconds', priority: 2 },
});

export const orderAgreement = defineMeasure({
  name: 'orderAgreement',
  title: 'Agreement of orders',
  hint: 'Share of pairs of which the judge says the same whichever is shown first: what is missing to 1 is its bias for a place.',
  unit: 'share',
  direction: 'maximize',
  schema: z.number().min(0).max(1),
  of: (known) => reportOf(known)?.agreement ?? undefined,
  combine: mean,
  on: 'some',
  line: { title: 'agreement' },
  column: { id: 'order-agreement', priority: 1 },
});
