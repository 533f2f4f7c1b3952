/** @file Seeded randomness that is handed in; nothing in the library calls `Math.random`. */
import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers with a state that a checkpoint can hold. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** An independent stream named by `label`: the same label of the same seed gives the same stream. */
  fork(label: string): Random;
  /** State to resume from. */
  state(): readonly number[];
}

const KEY_WORDS = 4;

/**
 * A stream for a seed (xoroshiro128+).
 *
 * @example
 * const random = createRandom(7);
 * random.fork('init').normal(); // the same number on every machine, wherever `random` stands
 */
export function createRandom(seed: number | string): Random {
  const key = hash(`seed/${seed}`);
  return stream(key, key);
}

/**
 * Continues a stream from what `state()` returned.
 *
 * @throws RangeError if `state` is not a state of this generator
 */
export function resumeRandom(state: readonly number[]): Random {
  if (state.length !== 2 * KEY_WORDS || !state.every(Number.isInteger)) {
    throw new RangeError(`Random state must be ${2 * KEY_WORDS} integers, got ${state.length} values`);
  }
  return stream(state.slice(0, KEY_WORDS), state.slice(KEY_WORDS));
}

/** `key` names the stream and never changes, so that forks do not depend on how far the stream was read. */
function stream(key: readonly number[], position: readonly number[]): Random {
  const generator = xoroshiro128plusFromState(position);
  const uniform = () => ((generator.next() >>> 5) * 0x4000000 + (generator.next() >>> 6)) / 2 ** 53;
  return {
    uniform,
    // Box-Muller; its second number is dropped so that the state stays the generator's alone.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer(bound) {
      if (!Number.isSafeInteger(bound) || bound < 1) {
        throw new RangeError(`bound must be a positive integer, got ${bound}`);
      }
      return Math.floor(uniform() * bound);
    },
    fork(label) {
      const forked = hash(`${key.join(',')}/${label}`);
      return stream(forked, forked);
    },
    state: () => [...key, ...generator.getState()],
  };
}

/** Four 32-bit words of SHA-256. */
function hash(text: string): number[] {
  const digest = createHash('sha256').update(text).digest();
  return Array.from({ length: KEY_WORDS }, (_, word) => digest.readInt32LE(4 * word));
}
