import type { Streams } from '../../src/method.js';
import { createRandom } from '../../src/tensor/random.js';
import { flatten } from './close.js';
import type { Draws } from './vectors.js';

/** Streams that give what a reference drew. A stream that runs out of it, or is asked for another kind, is an error. */
export function drawn({ integer, normals = [] }: Draws): Streams {
  const fork = () => {
    const rest = flatten(normals)[Symbol.iterator]();
    const draw = <T>(value: T | undefined): T => {
      if (value === undefined) throw new Error('The reference drew no such number');
      return value;
    };
    return { ...createRandom(0), integer: () => draw(integer), normal: () => draw(rest.next().value as number), fork };
  };
  return { fork };
}
