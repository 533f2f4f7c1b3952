/** @file The form of an earlier sweep with what a link changes in it. */
import { contenderName, usualOptimizer } from '@rankforge/contracts';
import type { SweepFill } from '../../lib/sweep-fill.js';
import type { MethodValues, SweepValues } from './form-values.js';

export function filled(values: SweepValues, { contenders, memoryBudgetMiB, seeds, widen }: SweepFill): SweepValues {
  const kept = contenders === undefined ? values.methods : cardsOf(values.methods, contenders);
  const toWiden = widen && cardsOf(kept, [widen.contender])[0];
  return {
    ...values,
    methods: kept.map((card) => (widen && card === toWiden ? widenedCard(card, widen) : card)),
    ...(memoryBudgetMiB !== undefined && { memoryBudgetMiB: [String(memoryBudgetMiB)] }),
    ...(seeds !== undefined && withSeeds(values, seeds)),
  };
}

/** Cards of contenders; all where none is found. One that lists several values of a part stands for each contender that it makes. */
function cardsOf(cards: MethodValues[], contenders: readonly string[]): MethodValues[] {
  const isExact = (card: MethodValues) => contenders.includes(nameOf(card));
  const isPart = (card: MethodValues) => contenders.some((name) => name.startsWith(`${nameOf(card)} + `));
  const named = contenders.filter((name) => !cards.some((card) => nameOf(card) === name));
  const found = cards.filter((card) => isExact(card) || (named.length > 0 && isPart(card)));
  return found.length > 0 ? found : cards;
}

const nameOf = ({ name, optimizer, recipe }: MethodValues): string =>
  contenderName({ method: name, optimizer: optimizer || usualOptimizer, ...(recipe && { recipe }) });

function widenedCard(card: MethodValues, { axis, values }: NonNullable<SweepFill['widen']>): MethodValues {
  const texts = values.map(String);
  const [part, field] = axis.split('.') as [keyof MethodValues, string | undefined];
  return field === undefined
    ? { ...card, [part]: texts }
    : { ...card, [part]: { ...(card[part] as object), [field]: texts } };
}

/** A fair protocol scores fresh seeds; elsewhere those that the sweep had come first, whose results are known. */
function withSeeds({ seed, protocol }: SweepValues, further: number): Pick<SweepValues, 'seed' | 'protocol'> {
  if (protocol.kind !== 'none') {
    return { seed, protocol: { ...protocol, finalSeeds: Number(protocol.finalSeeds) + further } };
  }
  const next = Math.max(-1, ...seed.map(Number)) + 1;
  return { seed: [...seed, ...Array.from({ length: further }, (_, at) => String(next + at))], protocol };
}
