/** @file The kinds of trial, one line each. Nothing outside a kind's file asks for its name: it asks what the record says. */
import { z } from 'zod';
import { federate } from './trial-kinds/federate.js';
import type { TrialKindRecord } from './trial-kinds/record.js';
import { score } from './trial-kinds/score.js';
import { train } from './trial-kinds/train.js';

const known = [train, federate, score] as const;

export const trialKinds: readonly TrialKindRecord<TrialKind>[] = known;

export const TrialKind = z.enum(known.map(({ name }) => name));
export type TrialKind = (typeof known)[number]['name'];

export function trialKindOf(name: TrialKind): TrialKindRecord<TrialKind> {
  return known.find((kind) => kind.name === name)!;
}
