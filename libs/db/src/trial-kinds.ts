/** @file SQL on the kind of a trial, by what its record says, and on which trainings choices are made of. */
import { trialKinds, tuningStages } from '@rankforge/contracts';
import { Prisma } from './generated/client.js';

const of = (alias: string | undefined): string => (alias === undefined ? '' : `${alias}.`);
const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

type Asked = (kind: (typeof trialKinds)[number]) => boolean;

/** The column is compared as text: where it is still the enum of earlier versions, that does not know every name. */
const isOne = (asked: Asked) => {
  const names = quoted(trialKinds.filter(asked).map(({ name }) => name));
  return (alias?: string) => Prisma.raw(`${of(alias)}"kind"::text IN (${names})`);
};

/** SQL: this version knows the kind of a trial, by its alias where it has one. */
export const isOfKnownKind = isOne(() => true);

/** SQL: a strategy asked for a trial, by its alias where it has one. */
export const isProposed = isOne((kind) => kind.proposed);

/** SQL: a trial, by its alias where it has one, trains. */
export const trains = isOne((kind) => kind.trains);

/** SQL: a trial, by its alias where it has one, records each of its steps. */
export const recordsEachStep = isOne(({ trains, skipsSteps }) => trains && !skipsSteps);

/** SQL: a trial, by its alias where it has one, is a part of another, which lists leave out. */
export const isFolded = isOne((kind) => kind.folded === true);

/** SQL: a trial, by its alias where it has one, reads the test split. */
export const readsTest = isOne((kind) => kind.readsTest);

/**
 * SQL: a training, by its alias where it has one, is one that a choice is made among: one that ended on a rung is a part of another,
 * and what a protocol tuned with has had its say. A board holds its rows to the same.
 */
export const mayBeChosen = (alias?: string) =>
  Prisma.raw(
    `(NOT ${of(alias)}"spec" ? 'until' AND COALESCE(${of(alias)}"stage", '') NOT IN (${quoted(tuningStages)}))`,
  );
