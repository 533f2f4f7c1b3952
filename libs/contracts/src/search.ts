/**
 * @file How a sweep looks for good configurations: what is tried next, and how far each is trained. The searches and the
 * schedulers, one line each; nothing outside a file of theirs asks for its name.
 */
import { z } from 'zod';
import { asha } from './schedulers/asha.js';
import { hyperband } from './schedulers/hyperband.js';
import { median } from './schedulers/median.js';
import { grid } from './searches/grid.js';
import { random } from './searches/random.js';
import type { Choice, ChoiceField, SearchRecord } from './searches/record.js';
import { sobol } from './searches/sobol.js';
import { tpe } from './searches/tpe.js';

export type { Choice, ChoiceField };

const scale = z
  .enum(['log', 'linear'])
  .default('log')
  .meta({ description: 'Whether equal ratios or equal differences are equally likely.' });

/** An axis that a sampler may take any value of. */
export const rangeOf = (bound: z.ZodNumber) =>
  z
    .strictObject({ min: bound, max: bound, scale })
    .refine(({ min, max }) => min < max, { path: ['max'], error: 'must be above min' });

export type Range = z.infer<ReturnType<typeof rangeOf>>;

const knownSearches = [grid, random, sobol, tpe] as const;
const knownSchedulers = [asha, hyperband, median] as const;

/** One or more members of a union that `kind` tells apart. */
const oneOf = <Known extends { schema: z.ZodObject }>(known: readonly Known[]) =>
  z.discriminatedUnion('kind', known.map(({ schema }) => schema) as [Known['schema'], ...Known['schema'][]]);

export const searches: readonly (SearchRecord & { schema: z.ZodObject })[] = knownSearches;
export const Search = oneOf(knownSearches).meta({ id: 'Search' });
export type Search = z.infer<typeof Search>;

export const searchOf = (kind: Search['kind']): SearchRecord => knownSearches.find(({ name }) => name === kind)!;

/** The search of a request that names none. */
export const defaultSearch = { kind: grid.name } satisfies Search;

export const schedulers: readonly (Choice & { schema: z.ZodObject })[] = knownSchedulers;
export const Scheduler = oneOf(knownSchedulers).meta({ id: 'Scheduler' });
export type Scheduler = z.infer<typeof Scheduler>;
