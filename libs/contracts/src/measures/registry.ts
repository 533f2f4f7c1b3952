/** @file Every measure, in the order of the columns of a board. */
import { z } from 'zod';
import { adapterBytes } from './adapter-bytes.js';
import { compression } from './compression.js';
import { encodedTexts } from './encoded-texts.js';
import { aggregationError, bytesDown, bytesUp, communicationMiB, epsilon, worstClient } from './federation.js';
import { feedbackDrift } from './feedback-drift.js';
import { flips } from './flips.js';
import { flops } from './flops.js';
import { forgetting } from './forgetting.js';
import { imitationAgreement } from './imitation-agreement.js';
import { indexRecall } from './index-recall.js';
import { judgedRight } from './judged-right.js';
import type { AnyMeasure, Known } from './measure.js';
import { measuredPeakBytes } from './measured-peak-bytes.js';
import { medianStepMs } from './median-step-ms.js';
import { callsPerQuery, generatorSeconds, orderAgreement, pricePerQuery, tokensPerQuery } from './procedure.js';
import { propensityError } from './propensities.js';
import { questF1, questRecall } from './quest-eval.js';
import { chosenExamples, selectionGradients, transportCost } from './selection.js';
import { stepCpuMs } from './step-cpu-ms.js';
import { tokensPerSecond } from './tokens-per-second.js';
import { trainableParameters } from './trainable-parameters.js';
import { trainingSeconds } from './training-seconds.js';
import { triggerPerplexity } from './trigger-perplexity.js';
import { victimQueries } from './victim-queries.js';
import { writtenPrice, writtenTexts, writtenTokens } from './written-texts.js';

/** Measures that have a field of their own on a row of a board, in the order of their columns. */
const withField = [
  trainableParameters,
  adapterBytes,
  measuredPeakBytes,
  compression,
  medianStepMs,
  tokensPerSecond,
  forgetting,
  flips,
] as const;

/** Measures that a row has by name, in `measures`: each that is a number and was added since. */
const byName = [
  flops,
  trainingSeconds,
  stepCpuMs,
  communicationMiB,
  bytesUp,
  bytesDown,
  aggregationError,
  worstClient,
  epsilon,
  propensityError,
  encodedTexts,
  feedbackDrift,
  indexRecall,
  chosenExamples,
  selectionGradients,
  transportCost,
  writtenTexts,
  writtenTokens,
  writtenPrice,
  callsPerQuery,
  tokensPerQuery,
  pricePerQuery,
  generatorSeconds,
  orderAgreement,
  victimQueries,
  imitationAgreement,
  triggerPerplexity,
  judgedRight,
  questRecall,
  questF1,
] as const;

export const measures: readonly AnyMeasure[] = [...withField, ...byName];

/** Measures by which boards compare: all but times of a clock on the wall. */
export const comparedMeasures: readonly AnyMeasure[] = measures.filter(({ wallClock }) => !wallClock);

type Every = (typeof withField)[number] | (typeof byName)[number];
type FieldsOf<M> = M extends { reports?: infer Fields } ? NonNullable<Fields> : never;
type Together<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer All) => void ? All : never;
type Reported = Together<FieldsOf<Every>>;

/** Fields that a result has for measures, each where it is reported. */
export const reportedFields = Object.fromEntries(
  measures.flatMap(({ reports = {} }) => Object.entries(reports).map(([name, schema]) => [name, schema.optional()])),
) as { [Name in keyof Reported]: Reported[Name] extends z.ZodType ? z.ZodOptional<Reported[Name]> : never };

type Own = (typeof withField)[number];
type Values = { [M in Own as M['name']]: z.output<M['schema']> };

/** Describes a field that may be null as what it is otherwise. */
const described = (nullable: z.ZodType, { description }: z.ZodType) =>
  description === undefined ? nullable : nullable.meta({ description });

/** Fields of a row of a board. */
export const measureFields = {
  ...(Object.fromEntries(withField.map(({ name, schema }) => [name, described(schema.nullable(), schema)])) as {
    [M in Own as M['name']]: z.ZodNullable<M['schema']>;
  }),
  measures: z
    .record(z.string(), z.number())
    .meta({ description: 'Further measures by name, as far as there are any.' }),
};

/** The measures of a row of a board. */
export type MeasuredRow = { [Name in keyof Values]: Values[Name] | null } & { measures: Record<string, number> };

/** Fields of a row that come from the trainings of a configuration; with `withoutRank` those that need no rank. */
export function measured(seeds: readonly Known[], chosen: 'all' | 'withoutRank' = 'all'): MeasuredRow {
  const combined = (measure: AnyMeasure): unknown => {
    if (chosen === 'withoutRank' && !measure.withoutRank) return null;
    const values = seeds.flatMap((known) => {
      const value: unknown = measure.of(known);
      return value === undefined ? [] : [value];
    });
    return values.length > 0 ? measure.combine(values) : null;
  };
  const further = byName.flatMap((measure) => {
    const value = combined(measure as AnyMeasure);
    return value === null ? [] : [[measure.name, value]];
  });
  return {
    ...Object.fromEntries(withField.map((measure) => [measure.name, combined(measure as AnyMeasure)])),
    measures: Object.fromEntries(further),
  } as MeasuredRow;
}

/** A measure's value on a row; null where it has none. */
export function onRow(row: MeasuredRow, { name }: Pick<AnyMeasure, 'name'>): unknown {
  return (row as Record<string, unknown>)[name] ?? row.measures[name] ?? null;
}

/** The number that stands for it on an axis. */
export function amountOnRow(row: MeasuredRow, measure: AnyMeasure): number | null {
  const value = onRow(row, measure);
  if (value === null) return null;
  return measure.amount ? measure.amount(value) : (value as number);
}

/** Holds one training against a limit. */
export function amountOf(known: Known, measure: AnyMeasure): number | null {
  const value: unknown = measure.of(known);
  if (value === undefined) return null;
  return measure.amount ? measure.amount(value) : (value as number);
}

export const findMeasure = (name: string): AnyMeasure | undefined => measures.find((measure) => measure.name === name);

/** The measure of how long a step takes. */
export const stepTime = medianStepMs.name;

/** The default cost of a Pareto front. */
export const defaultCost = measuredPeakBytes.name;

/** @example parseLimit('flops=2e9') // { name: 'flops', most: 2e9 } */
export function parseLimit(text: string): { measure: AnyMeasure; most: number } | undefined {
  const [, name, number] = /^([a-zA-Z]+)=(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.exec(text) ?? [];
  const measure = name === undefined ? undefined : findMeasure(name);
  const most = Number(number);
  return measure?.limits && Number.isFinite(most) ? { measure, most } : undefined;
}
