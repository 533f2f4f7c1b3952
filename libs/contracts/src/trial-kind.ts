/** @file The kinds of trial, one line each. Nothing outside a kind's file asks for its name: it asks what the record says. */
import { z } from 'zod';
import { score } from './trial-kinds/score.js';
import { train } from './trial-kinds/train.js';

export const trialKinds = [train, score] as const;

export const TrialKind = z.enum(trialKinds.map(({ name }) => name));
export type TrialKind = (typeof trialKinds)[number]['name'];

/** The kind of trial that a strategy asks for. */
export const trainingKind = train.name;
/** The kind of trial that scores a chosen training. */
export const scoringKind = score.name;

export function trialKindOf(name: TrialKind) {
  return trialKinds.find((kind) => kind.name === name)!;
}
