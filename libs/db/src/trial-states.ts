/** @file SQL on the state of a trial. States are written as literals, so that partial indexes serve. */
import { finalTrialStates, openTrialStates, type TrialState } from '@rankforge/contracts';
import { Prisma } from './generated/client.js';

const isOneOf = (states: readonly TrialState[]) => {
  const literals = states.map((state) => `'${state}'`).join(', ');
  return (alias?: string) => Prisma.raw(`${alias === undefined ? '' : `${alias}.`}"state" IN (${literals})`);
};

/** SQL: a trial, by its alias where it has one, may still run. */
export const isOpen = isOneOf(openTrialStates);

/** SQL: a trial, by its alias where it has one, has ended. */
export const hasEnded = isOneOf(finalTrialStates);

/** SQL: a trial, by its alias where it has one, has ended and nobody can have it tried again. */
export const isSettled = isOneOf(finalTrialStates.filter((state) => state !== 'FAILED'));

const furthestFirst: readonly TrialState[] = [
  'SUCCEEDED',
  'RUNNING',
  'QUEUED',
  'PENDING',
  'PRUNED',
  'FAILED',
  'CANCELLED',
  'OVER_BUDGET',
];

/** SQL, to order trials with one key by: the one that stands for them all comes first, as it has a result or is closest to one. */
export const standsFirst = (alias: string) => {
  const states = furthestFirst.map((state) => `'${state}'`).join(', ');
  return Prisma.raw(`array_position(ARRAY[${states}]::"TrialState"[], ${alias}."state")`);
};

/**
 * SQL: a trial, by its alias, has a result that others with its key may take; the one that leads its key if it has no
 * leader. One that was pruned at a rung keeps its result.
 */
export const hasResult = (alias: string) => {
  const of = Prisma.raw(alias);
  return Prisma.sql`(${of}."state" = 'SUCCEEDED' OR (${of}."state" = 'PRUNED' AND ${of}."result" IS NOT NULL))`;
};
