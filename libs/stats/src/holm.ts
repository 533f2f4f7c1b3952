/**
 * Holm's step-down adjustment: rejecting where the adjusted p is at most α keeps the chance of any false rejection in
 * the family at most α, whatever the dependence between the tests. With p₍₁₎ ≤ … ≤ p₍ₘ₎,
 * adjusted p₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎).
 *
 * Source: Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
 *
 * @example holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(p: readonly number[]): number[] {
  return stepDown(p, (left) => left);
}

/**
 * Holm's adjustment of the pairs of `methods`, with Shaffer's refinement: where one pair differs, its methods cannot both equal a third, so
 * that fewer of the other pairs can still be equal than are left. Of three methods, two pairs at most can differ from what is left, and once
 * one is told apart the next p counts once and not twice.
 *
 * Source: Shaffer, "Modified sequentially rejective multiple test procedures", JASA 81 (1986), her first one.
 *
 * @param p of the pairs that are tested: all, or some of them
 *
 * @example pairwise([0.01, 0.04, 0.03], 3) // [0.03, 0.04, 0.03]
 */
export function pairwise(p: readonly number[], methods: number): number[] {
  const counts = equalPairs(methods);
  const pairs = (methods * (methods - 1)) / 2;
  return stepDown(p, (left) => {
    const still = pairs - (p.length - left);
    return Math.min(left, counts.find((count) => count <= still)!);
  });
}

/** How many hypotheses the next step of `pairwise` counts, where `open` of `tested` pairs are not told apart. */
export function openHypotheses(open: number, { tested, methods }: { tested: number; methods: number }): number {
  const still = (methods * (methods - 1)) / 2 - (tested - open);
  return Math.min(open, equalPairs(methods).find((count) => count <= still)!);
}

/** How many pairs of methods may be equal, the most first: methods fall into groups, and pairs within a group are equal. */
function equalPairs(methods: number): number[] {
  // Bit n of an entry: n pairs of so many methods may be equal.
  const of = [1n];
  for (let count = 1; count <= methods; count++) {
    let found = 0n;
    for (let group = 1; group <= count; group++) found |= of[count - group]! << BigInt((group * (group - 1)) / 2);
    of.push(found);
  }
  // The last bit comes first.
  const bits = of[methods]!.toString(2);
  return [...bits].flatMap((bit, place) => (bit === '1' ? [bits.length - 1 - place] : []));
}

/** @param hypotheses how many may still be true where so many are left */
function stepDown(p: readonly number[], hypotheses: (left: number) => number): number[] {
  const rising = p.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const adjusted = new Array<number>(p.length);
  let floor = 0;
  rising.forEach(({ value, index }, rank) => {
    floor = Math.max(floor, Math.min(1, hypotheses(p.length - rank) * value));
    adjusted[index] = floor;
  });
  return adjusted;
}
