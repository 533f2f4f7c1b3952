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
  const rising = p.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const adjusted = new Array<number>(p.length);
  let floor = 0;
  rising.forEach(({ value, index }, rank) => {
    floor = Math.max(floor, Math.min(1, (p.length - rank) * value));
    adjusted[index] = floor;
  });
  return adjusted;
}
