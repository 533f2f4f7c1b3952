import type { Streams } from '../../src/method.js';
import { createRandom, type Random } from '../../src/tensor/random.js';
import { flatten } from './close.js';
import type { Draws, LabelledDraws } from './vectors.js';

/** Streams that give what a reference drew from the stream of each label. */
export function drawnByLabel(draws: Readonly<Record<string, LabelledDraws>>): Streams {
  const fork = (label: string): Random => {
    const { normals = [], uniforms = [], integers = [] } = draws[label] ?? {};
    const iterate = (values: unknown) => flatten(values as never)[Symbol.iterator]();
    const [normal, uniform, integer] = [iterate(normals), iterate(uniforms), integers[Symbol.iterator]()];
    const next = (from: Iterator<number>): number => {
      const { value } = from.next();
      if (value === undefined) throw new Error(`The reference drew no such number from '${label}'`);
      return value;
    };
    const given = { normal: () => next(normal), uniform: () => next(uniform), integer: () => next(integer) };
    return { ...createRandom(0), ...given, fork };
  };
  return { fork };
}

/** Streams that give what a reference drew. A stream that runs out of it, or is asked for another kind, is an error. */
export function drawn({ integer, normals = [], uniforms = [] }: Draws): Streams {
  const fork = () => {
    const rest = flatten(normals)[Symbol.iterator]();
    const restUniforms = uniforms[Symbol.iterator]();
    const draw = <T>(value: T | undefined): T => {
      if (value === undefined) throw new Error('The reference drew no such number');
      return value;
    };
    const normal = () => draw(rest.next().value as number);
    const uniform = () => draw(restUniforms.next().value as number);
    return { ...createRandom(0), integer: () => draw(integer), normal, uniform, fork };
  };
  return { fork };
}
