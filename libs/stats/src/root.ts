/**
 * Zero of a falling function between two points, by false position with the Illinois rule; an end where there is none.
 *
 * @param close the search ends where the function is nearer to 0 than this
 */
export function root(f: (x: number) => number, low: number, high: number, close = 1e-15): number {
  let [a, b] = [low, high];
  let [above, below] = [f(a), f(b)];
  if (above <= 0) return a;
  if (below >= 0) return b;
  let x = a;
  for (let moved: 'a' | 'b' | undefined, rounds = 0; rounds < 100; rounds++) {
    x = (a * below - b * above) / (below - above);
    const value = f(x);
    if (Math.abs(value) < close || b - a < 1e-14 * Math.abs(x)) break;
    if (value > 0) {
      [a, above] = [x, value];
      if (moved === 'a') below /= 2;
      moved = 'a';
    } else {
      [b, below] = [x, value];
      if (moved === 'b') above /= 2;
      moved = 'b';
    }
  }
  return x;
}
