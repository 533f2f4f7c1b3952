/** @file The kinds of sweep, one line each. Nothing outside a kind's file asks for its name: it asks what the record says. */
import { z } from 'zod';
import { command } from './sweep-kinds/command.js';
import { compress } from './sweep-kinds/compress.js';
import { evaluate } from './sweep-kinds/evaluate.js';
import { federate } from './sweep-kinds/federate.js';
import { finetune } from './sweep-kinds/finetune.js';
import { InitialWeights, pretrain } from './sweep-kinds/pretrain.js';
import type { KindField, SweepKindRecord } from './sweep-kinds/record.js';

export { InitialWeights };

const known = [finetune, pretrain, compress, federate, evaluate, command] as const;

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

type FieldsOf<Kind> = Kind extends { fields: infer Fields } ? keyof Fields : never;
type FieldOf<Kind, Name> = Kind extends { fields: Readonly<Record<Name & string, { schema: infer Schema }>> }
  ? Schema
  : never;
export type KindFieldName = FieldsOf<(typeof known)[number]>;

const fieldsOf = (kind: SweepKindRecord) => Object.entries<KindField>(kind.fields);

/** Fields of a request that only some kinds have. */
export const sweepKindFields = Object.fromEntries(
  known.flatMap((kind) => fieldsOf(kind).map(([name, { schema }]) => [name, schema])),
) as { [Name in KindFieldName]: FieldOf<(typeof known)[number], Name> };

/** Fields of other kinds than a request's, with what it is to do instead. */
export function foreignFields(kind: SweepKind): { name: KindFieldName; kinds: string; instead: string }[] {
  const own = sweepKindOf(kind).fields;
  const foreign = new Map(known.flatMap(fieldsOf).filter(([name]) => !(name in own)));
  return [...foreign].map(([name, { instead = `this one is to ${kind}` }]) => ({
    name: name as KindFieldName,
    kinds: known.flatMap((other) => (name in other.fields ? [other.name] : [])).join(' or '),
    instead,
  }));
}

export const hasKindField = (kind: SweepKind, name: KindFieldName): boolean => name in sweepKindOf(kind).fields;
