/** @file Pairs of a board as its answer has them. */
import type { Comparison } from '@rankforge/contracts';
import type { Board } from '@rankforge/stats';

export function comparisonsOf({ entries, pairs, lastLook }: Board): Comparison[] {
  const indexOf = new Map(entries.map(({ method }, index) => [method, index]));
  return pairs.map(({ methods: [a, b], effect, simultaneous, pairing, covers, p, adjustedP, look }) => ({
    a: indexOf.get(a)!,
    b: indexOf.get(b)!,
    effect: effect.kind,
    difference: effect.estimate,
    interval: [effect.low, effect.high],
    simultaneousInterval: [simultaneous.low, simultaneous.high],
    pValue: p,
    adjustedPValue: adjustedP,
    ...(look < lastLook && { look }),
    paired: pairing !== 'none',
    covers,
    untested: covers === 'examples-only' ? 'one seed: how much the seed does is not known' : null,
  }));
}
