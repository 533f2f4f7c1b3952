/** @file A base of random weights that are made when they are asked for, and kept nowhere: one parameter at a time is held in floats. */
import { baseParameters, createRandom, type HostTensor, LoadedBase, type ModelConfig } from '@rankforge/peft';

/** Numbers that are drawn. It is prime, so that rows of a power of two numbers do not repeat each other. */
const drawn = 1_048_573;
const deviation = 0.02;

/** Every table and kernel reads the drawn numbers again and again, from a place of its own. */
export function randomBase(config: ModelConfig): LoadedBase {
  const random = createRandom(1);
  const numbers = Float32Array.from({ length: drawn }, () => deviation * random.normal());
  const values = baseParameters(config).map(({ path, kind, shape }): [string, HostTensor] => {
    const size = shape.reduce((product, side) => product * side, 1);
    const begin = random.fork(path).integer(drawn);
    const fill = (target: Float32Array) => {
      if (kind === 'norm-gain') target.fill(1);
      else repeat(numbers, target, begin);
    };
    return [
      path,
      {
        shape: [...shape],
        fill,
        get values() {
          const made = new Float32Array(size);
          fill(made);
          return made;
        },
      },
    ];
  });
  return new LoadedBase({ config, values: new Map(values), tokenizer: null });
}

function repeat(numbers: Float32Array, target: Float32Array, begin: number): void {
  for (let at = 0, from = begin; at < target.length; from = 0) {
    const piece = numbers.subarray(from, from + target.length - at);
    target.set(piece, at);
    at += piece.length;
  }
}
