/** @file What a federation costs besides memory, and how it serves its clients. */
import { z } from 'zod';
import { FederationReport } from '../federation.js';
import { MIB } from '../memory.js';
import { Scores } from '../scores.js';
import { defineMeasure, first, mean, reported, sumOfParts, whole } from './measure.js';

const reportOf = (training: object | null) => reported<FederationReport>(training, 'federation');
const total = ({ up, down }: FederationReport['bytes']) => up + down;

/** The value of the last round that has one. */
const last = (report: FederationReport | undefined, field: 'aggregationError' | 'epsilon') =>
  report?.history.findLast((round) => round[field] !== undefined)?.[field];

/** Limits are asked for in MiB, as those of memory are. */
export const communicationMiB = defineMeasure({
  name: 'communicationMiB',
  title: 'Communication',
  hint: 'Bytes of all messages of a federation, in both directions, those before the first round included.',
  unit: 'MiB',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: { federation: FederationReport.meta({ description: 'Of a federated training.' }) },
  of({ training }) {
    const report = reportOf(training);
    return report && total(report.bytes) / MIB;
  },
  predict: ({ federation }) =>
    federation &&
    sumOfParts({
      'from clients': (federation.traffic.up - federation.traffic.setUp.up) / MIB,
      'to clients': (federation.traffic.down - federation.traffic.setUp.down) / MIB,
      'before the first round': total(federation.traffic.setUp) / MIB,
    }),
  combine: mean,
  limits: true,
  withoutRank: true,
  on: 'some',
});

const direction = <Name extends string>(name: Name, of: 'up' | 'down', title: string, hint: string) =>
  defineMeasure({
    name,
    title,
    hint,
    unit: 'bytes',
    direction: 'minimize',
    schema: whole,
    of: ({ training }) => reportOf(training)?.bytes[of],
    combine: (values) => Math.round(mean(values)),
    limits: true,
    on: 'some',
    line: { title: `MiB ${of}` },
    column: { id: name.toLowerCase(), priority: 1 },
  });

export const bytesUp = direction('bytesUp', 'up', 'Bytes up', 'Bytes of all messages from clients.');
export const bytesDown = direction('bytesDown', 'down', 'Bytes down', 'Bytes of all messages to clients.');

export const aggregationError = defineMeasure({
  name: 'aggregationError',
  title: 'Aggregation error',
  hint: 'Distance of the last update of the global model from the mean of those of clients, relative to it.',
  unit: 'share',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  of: ({ training }) => last(reportOf(training), 'aggregationError'),
  combine: mean,
  on: 'some',
  line: { title: 'agg. error' },
  column: { id: 'aggregation-error', priority: 2 },
});

export const epsilon = defineMeasure({
  name: 'epsilon',
  title: 'ε',
  hint: 'Privacy of a client that all rounds cost, at the δ of the scenario, before whoever does not know in which it took part; nothing where no noise bounds it.',
  unit: 'share',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  of: ({ training }) => last(reportOf(training), 'epsilon'),
  predict: ({ federation }) => federation && sumOfParts({ rounds: federation.epsilon ?? Number.POSITIVE_INFINITY }),
  combine: first,
  limits: true,
  withoutRank: true,
  on: 'some',
  line: { title: 'ε' },
  column: { id: 'epsilon', priority: 2 },
});

const Worst = z.object({ client: z.string(), value: z.number() });

/** The number of the client that is served worst. Which way is worse is the metric's to say. */
export const worstClient = defineMeasure({
  name: 'worstClient',
  title: 'Worst client',
  hint: 'The metric on the test examples of the client for which it is worst, where these tell whose they are.',
  unit: 'share',
  direction: 'as-score',
  schema: z.number(),
  reports: {
    byClient: z.record(z.string(), Scores).meta({ description: 'Of the scoring of a federation: by client.' }),
    worst: z.record(z.string(), Worst).meta({ description: 'Of the scoring of a federation: by metric.' }),
  },
  of: ({ scoring, metric }) => reported<Record<string, z.infer<typeof Worst>>>(scoring, 'worst')?.[metric]?.value,
  combine: mean,
  on: 'some',
  line: { title: 'worst client' },
  column: { id: 'worst-client', priority: 1 },
});
