/** @file SQL on the kind of a trial, by what its record says. */
import { trialKinds } from '@rankforge/contracts';
import { Prisma } from './generated/client.js';

type Asked = (kind: (typeof trialKinds)[number]) => boolean;

/** The column is compared as text: where it is still the enum of earlier versions, that does not know every name. */
const isOne = (asked: Asked) => {
  const names = trialKinds.filter(asked).map(({ name }) => `'${name}'`);
  return (alias?: string) =>
    Prisma.raw(`${alias === undefined ? '' : `${alias}.`}"kind"::text IN (${names.join(', ')})`);
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
