import type { Random } from '@rankforge/peft';

/** The items in a random order (Fisher and Yates). */
export function permuted<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.integer(at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
