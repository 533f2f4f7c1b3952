/** @file The kinds of sweep, one line each. Nothing outside a kind's file asks for its name: it asks what the record says. */
import { z } from 'zod';
import { compress } from './sweep-kinds/compress.js';
import { finetune } from './sweep-kinds/finetune.js';
import { pretrain } from './sweep-kinds/pretrain.js';
import type { SweepKindRecord } from './sweep-kinds/record.js';

const known = [finetune, pretrain, compress] as const;

export const sweepKindRecords: readonly SweepKindRecord<SweepKind>[] = known;

export const sweepKinds = known.map(({ name }) => name);
export const SweepKind = z.enum(sweepKinds).meta({
  id: 'SweepKind',
  description: known.map(({ name, purpose }) => `\`${name}\`: ${purpose}.`).join(' '),
});
export type SweepKind = (typeof known)[number]['name'];

/** The kind of a sweep that names none. It is not written into the spec of a trial. */
export const defaultSweepKind = finetune.name;

/** @param name default: that of a sweep that names none */
export function sweepKindOf(name: SweepKind = defaultSweepKind): SweepKindRecord<SweepKind> {
  return known.find((kind) => kind.name === name)!;
}

/** Names of the kinds of which something holds, as a sentence lists them. */
export function sweepKindsThat(holds: (kind: SweepKindRecord) => boolean): string {
  return known
    .filter(holds)
    .map(({ name }) => name)
    .join(' or ');
}

/** Where the weights of a pretraining come from: those of the base model, or first values drawn from the trial's seed. */
export const InitialWeights = z.enum(['base', 'random']);
export type InitialWeights = z.infer<typeof InitialWeights>;
