/** @file The stream of numbers that oracle scripts draw (oracle/drawn.py). */
import type { Random } from '@rankforge/peft';

/** mulberry32, and normals by Box and Muller. A fork is the stream itself. */
export function drawnStream(seed: number): Random {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const stream: Random = {
    uniform,
    normal() {
      const [first, second] = [uniform(), uniform()];
      return Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
    },
    integer: (bound) => Math.floor(uniform() * bound),
    fork: () => stream,
    state: () => [state],
  };
  return stream;
}
