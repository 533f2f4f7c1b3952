/**
 * @file A contender on a board: a trial by its named parts, one entry each. Fields of rows, names for people, groups of trials
 * and statements follow from this list, so that a further part is one more entry.
 */
import { z } from 'zod';
import { type TrainingAxis, trainingAxes, trainingAxisNames } from './training-axes.js';

interface NamedPart {
  /** Where it stands in the spec of a trial. */
  at: readonly string[];
  /** Its field on a row; optional where a trial may have none of it. */
  field: z.ZodString | z.ZodOptional<z.ZodString | z.ZodNumber>;
  /** The value that a request need not name, and that a name for people leaves out. */
  usual?: string | number;
  /** Values may be those of other parts: keys say whose they are. */
  keyed?: true;
  /** Another value as a name for people has it. Default: as it is. */
  named?(value: string | number): string;
}

/** The field of a value on a row, by the type of its schema. */
interface ValueField {
  enum: z.ZodString;
  number: z.ZodNumber;
}

/** Each option of a training that a sweep may list is a part of what competes. */
const ofTraining = Object.fromEntries(
  trainingAxisNames.map((name): [string, NamedPart] => {
    const { usual, named } = trainingAxes[name];
    const value = typeof usual === 'number' ? z.number().int() : z.string();
    return [name, { at: ['training', name], field: value.optional(), usual, keyed: true, named }];
  }),
) as {
  [N in TrainingAxis]: NamedPart & { field: z.ZodOptional<ValueField[(typeof trainingAxes)[N]['value']['type']]> };
};

const parts = {
  method: { at: ['method'], field: z.string() },
  optimizer: { at: ['optimizer'], field: z.string(), usual: 'adamw' },
  /** A way of aggregating; of a trial in a federation alone. */
  strategy: { at: ['strategy'], field: z.string().optional() },
  /** The recipe that training follows around a method; absent where it follows none. */
  recipe: { at: ['recipe'], field: z.string().optional() },
  /** The generator of a procedure, or of a recipe, that asks one. */
  generator: { at: ['generator', 'name'], field: z.string().optional() },
  /** An imported adapter that training starts from; absent where it starts from none, or from that of a trial. */
  adapter: { at: ['adapter'], field: z.string().optional(), keyed: true, named: (name) => `from ${name}` },
  /** The engine, where a sweep compares several. */
  competingEngine: { at: ['competingEngine'], field: z.string().optional(), keyed: true },
  ...ofTraining,
} satisfies Record<string, NamedPart>;

type Parts = typeof parts;
const entries = Object.entries(parts) as [keyof Parts, NamedPart][];

/** Paths of the parts in the spec of a trial, for statements. */
export const contenderPaths = Object.fromEntries(entries.map(([name, { at }]) => [name, at])) as {
  [N in keyof Parts]: readonly string[];
};

/** Fields of a schema that say what competes. */
export const contenderFields = Object.fromEntries(entries.map(([name, { field }]) => [name, field])) as {
  [N in keyof Parts]: Parts[N]['field'];
};
export const Contender = z.object(contenderFields);
export type Contender = z.infer<typeof Contender>;

/** The optimizer of a request that names none. */
export const usualOptimizer = parts.optimizer.usual;

/** The parts of a trial. @example contenderOf(spec) // { method: 'lora', optimizer: 'adamw' } */
export function contenderOf(spec: object): Contender {
  const found = entries.map(([name, { at }]) => [name, at.reduce<unknown>(inside, spec)]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined)) as Contender;
}

const inside = (value: unknown, key: string) => (value as Record<string, unknown> | undefined)?.[key];

/** The parts alone of something that has them. */
export const partsOf = (row: Contender): Contender =>
  Object.fromEntries(entries.flatMap(([name]) => (row[name] === undefined ? [] : [[name, row[name]]]))) as Contender;

/**
 * Equal for equal parts. Options of the training, and an adapter, say which they are: two may have the same values.
 * @example contenderKey({ method: 'lora', optimizer: 'adamw' }) // 'lora/adamw'
 * @example contenderKey({ method: 'lora', baseDtype: 'bfloat16' }) // 'lora/baseDtype=bfloat16'
 */
export const contenderKey = (row: Contender): string =>
  entries
    .flatMap(([name, { keyed }]) => (row[name] === undefined ? [] : [keyed ? `${name}=${row[name]}` : row[name]]))
    .join('/');

/**
 * A contender for people, without what is usual.
 * @example contenderName({ method: 'lora', optimizer: 'adamw' }) // 'lora'
 * @example contenderName({ method: 'lora', optimizer: 'sgd' }) // 'lora + sgd'
 */
export const contenderName = (row: Contender): string => namedParts(row).join(' + ');

/** A contender for people where its optimizer stands in a column of its own. */
export const nameBesideOptimizer = (row: Contender): string => contenderName({ ...row, optimizer: usualOptimizer });

/** The parts of a name for people. */
export const namedParts = (row: Contender): string[] =>
  entries.flatMap(([name, { usual, named = String }]) => {
    const value = row[name];
    return value === undefined || value === usual ? [] : named(value);
  });
