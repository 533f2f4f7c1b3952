/** @file Divides the examples of a split between clients, as a request in JSON says. */
import { createRandom, findObjective, type Split } from '@rankforge/peft';
import { answersWithClass } from '@rankforge/peft/extension';
import { byDirichlet, byField, bySize, type Partition } from './partition.js';

export type PartitionRequest =
  | { by: 'field'; field: string }
  | { by: 'dirichlet'; clients: number; beta: number; seed: number }
  | { by: 'size'; shares: readonly number[]; seed: number };

/** Whether each example of an objective has a class, by whose mixtures examples may be divided. */
export const hasClasses = (objective: string): boolean => answersWithClass(findObjective(objective));

/**
 * The clients of a split.
 *
 * @throws RangeError for a field that the examples do not have, or more clients than examples
 * @example divide(data.train, { by: 'field', field: 'group' })
 */
export function divide(split: Split, request: PartitionRequest): Partition {
  if (request.by === 'field') {
    const values = split.fields?.[request.field];
    if (values) return byField(values);
    const known = Object.keys(split.fields ?? {}).join(', ') || 'none';
    throw new RangeError(`partition.field: the examples have no field "${request.field}"; they have ${known}`);
  }
  const random = createRandom(request.seed).fork('partition');
  if (request.by === 'size') return bySize(split.size, request.shares, random);
  const all = Array.from({ length: split.size }, (_, index) => index);
  const { targets } = split.answers?.(all) ?? split.batch(all);
  return byDirichlet([...targets], { ...request, random });
}
