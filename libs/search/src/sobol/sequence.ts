/**
 * @file The Sobol sequence, plain and scrambled. Sources: Sobol, USSR Comput. Math. and Math. Phys. 7 (1967); Antonov and
 * Saleev's Gray-code order; direction numbers of Joe and Kuo; scrambling of Matoušek, J. Complexity 14 (1998).
 */
import type { Draws } from '../draws.js';
import { largestDimension, recurrences } from './direction-numbers.js';

/** Bits of a coordinate: the sequence has 2^30 points. */
const BITS = 30;

/** What makes a sequence: for each dimension its direction integers, most significant first, and its digital shift. */
export interface Sobol {
  directions: readonly (readonly number[])[];
  shifts: readonly number[];
}

/**
 * The sequence as published: its first point is 0 in every dimension.
 *
 * @throws RangeError unless 1 ≤ dimensions ≤ `largestDimension`
 */
export function sobol(dimensions: number): Sobol {
  if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > largestDimension) {
    throw new RangeError(`a Sobol sequence has 1 to ${largestDimension} dimensions here, got ${dimensions}`);
  }
  const directions = Array.from({ length: dimensions }, (_, dimension) => directionIntegers(dimension));
  return { directions, shifts: directions.map(() => 0) };
}

/**
 * Matoušek's scrambling: each dimension's digits are multiplied by a random lower triangular matrix of bits with a unit
 * diagonal, and shifted by random digits. Uniform in every coordinate, and as evenly spread as before.
 */
export function scramble(dimensions: number, draws: Draws): Sobol {
  const plain = sobol(dimensions);
  const bit = () => (draws() < 0.5 ? 0 : 1);
  const shifts = plain.directions.map(() => {
    let shift = 0;
    for (let position = 0; position < BITS; position++) shift |= bit() << position;
    return shift;
  });
  const directions = plain.directions.map((integers) => {
    const rows = Array.from({ length: BITS }, (_, row) => {
      let mask = 0;
      for (let column = 0; column < BITS; column++) {
        const drawn = bit();
        const entry = column === row ? 1 : column < row ? drawn : 0;
        mask |= entry << (BITS - 1 - column);
      }
      return mask;
    });
    return integers.map((integer) => rows.reduce((product, row) => (product << 1) | parity(row & integer), 0));
  });
  return { directions, shifts };
}

/**
 * The point at an index, each coordinate in [0, 1).
 *
 * @example sobolPoint(sobol(2), 2) // [0.75, 0.25]
 * @throws RangeError unless 0 ≤ index < 2^30
 */
export function sobolPoint({ directions, shifts }: Sobol, index: number): number[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= 2 ** BITS) {
    throw new RangeError(`a Sobol sequence has the points 0 to ${2 ** BITS - 1}, got ${index}`);
  }
  const gray = index ^ (index >>> 1);
  return directions.map((integers, dimension) => {
    let digits = shifts[dimension]!;
    for (let bit = 0; gray >>> bit !== 0; bit++) if ((gray >>> bit) & 1) digits ^= integers[bit]!;
    return digits / 2 ** BITS;
  });
}

/**
 * Direction integers `m_k 2^(30-k)`, k from 1, by the recurrence of the dimension's primitive polynomial of degree s:
 * `m_k = 2 a_1 m_(k-1) ⊕ … ⊕ 2^(s-1) a_(s-1) m_(k-s+1) ⊕ 2^s m_(k-s) ⊕ m_(k-s)`. Dimension 0 has `m_k = 1`.
 */
function directionIntegers(dimension: number): number[] {
  if (dimension === 0) return Array.from({ length: BITS }, (_, k) => 2 ** (BITS - 1 - k));
  const { coefficients, initial } = recurrences[dimension - 1]!;
  const degree = initial.length;
  // Integers are kept shifted to the top, so that multiplying by 2^i and aligning k and k - i cancel.
  const integers = initial.map((m, k) => m * 2 ** (BITS - 1 - k));
  for (let k = degree; k < BITS; k++) {
    let next = integers[k - degree]! ^ (integers[k - degree]! >>> degree);
    for (let i = 1; i < degree; i++) {
      if ((coefficients >>> (degree - 1 - i)) & 1) next ^= integers[k - i]!;
    }
    integers.push(next);
  }
  return integers;
}

function parity(bits: number): number {
  let folded = bits;
  for (const width of [16, 8, 4, 2, 1]) folded ^= folded >>> width;
  return folded & 1;
}
