/** The most that a method may score below the grid for its arm to have found what the grid finds. */
const most = 0.01;

/**
 * Methods that score less than a grid by more than that, each with what it lost.
 *
 * @example lostAgainst({ pissa: 0.936 }, { pissa: 0.849 }) // ['pissa lost 0.087']
 */
export function lostAgainst(
  grid: Readonly<Record<string, number>>,
  scores: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(grid).flatMap(([method, value]) => {
    const own = scores[method];
    if (own === undefined) return [`${method} has no score`];
    return value - own > most ? [`${method} lost ${(value - own).toFixed(3)}`] : [];
  });
}
