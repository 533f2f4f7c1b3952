/** @file The kinds of trial, one line each. Nothing outside a kind's file asks for its name: it asks what the record says. */
import { z } from 'zod';
import { aggregate } from './trial-kinds/aggregate.js';
import { baseline } from './trial-kinds/baseline.js';
import { baselineTest } from './trial-kinds/baseline-test.js';
import { clientScore } from './trial-kinds/client-score.js';
import { clientTurn } from './trial-kinds/client-turn.js';
import { command } from './trial-kinds/command.js';
import { commandTest } from './trial-kinds/command-test.js';
import { evaluate } from './trial-kinds/evaluate.js';
import { evaluateTest } from './trial-kinds/evaluate-test.js';
import { federate } from './trial-kinds/federate.js';
import type { TrialKindRecord } from './trial-kinds/record.js';
import { score } from './trial-kinds/score.js';
import { train } from './trial-kinds/train.js';

const known = [
  train,
  federate,
  aggregate,
  clientTurn,
  clientScore,
  baseline,
  evaluate,
  score,
  baselineTest,
  evaluateTest,
  command,
  commandTest,
] as const;

export const trialKinds: readonly TrialKindRecord<TrialKind>[] = known;

export const TrialKind = z.enum(known.map(({ name }) => name));
export type TrialKind = (typeof known)[number]['name'];

/** The record of a kind; of one that a newer API knows, no more is known than its name. */
export function trialKindOf(name: TrialKind): TrialKindRecord<TrialKind> {
  return known.find((kind) => kind.name === name) ?? foreign(name);
}

/** The kind of the trials that read the test split for one of this kind that was chosen; undefined where none does. */
export const scoringKindOf = (name: TrialKind): TrialKind | undefined =>
  trialKindOf(name).scoredBy as TrialKind | undefined;

const foreign = (name: TrialKind): TrialKindRecord<TrialKind> => ({
  name,
  proposed: false,
  trains: false,
  readsTest: false,
  takesAdapter: false,
  title: `Trial of kind ${name}`,
  mark: name,
});
