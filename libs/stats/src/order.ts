/** Which way a metric improves. */
export type Direction = 'minimize' | 'maximize';

/**
 * Comparator that puts the better score first. A score that is not finite (a run that diverged) comes last,
 * whatever the direction.
 */
export function betterFirst(direction: Direction): (a: number, b: number) => number {
  return (a, b) => {
    const finite = Number(Number.isFinite(b)) - Number(Number.isFinite(a));
    if (finite !== 0 || !Number.isFinite(a)) return finite;
    return direction === 'minimize' ? a - b : b - a;
  };
}
