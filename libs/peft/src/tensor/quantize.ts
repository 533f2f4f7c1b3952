/** @file Numbers as codes of 8 or 4 bits, and rounded to those, on the host. Codes are packed into words of 32 bits, the lowest bits first. */

/**
 * The 256 values of a code of 8 bits, ascending: 0, 1, and for each power of ten from 10⁻⁶ to 10⁰ the middles of equal parts
 * of [0.1, 1], twice as many with each. Signed, half of them are below zero. Source: arXiv 2110.02861, section 2.2
 * (dynamic tree quantization), and the construction of bitsandbytes.
 */
export function dynamicMap(signed: boolean): Float32Array {
  const values = [0, 1];
  for (let power = 0; power < 7; power++) {
    const parts = 2 ** (signed ? power : power + 1);
    for (let part = 0; part < parts; part++) {
      const value = (0.1 + (0.9 * (part + 0.5)) / parts) * 10 ** (power - 6);
      values.push(value, ...(signed ? [-value] : []));
    }
  }
  return Float32Array.from(values.sort((a, b) => a - b));
}

export interface Blocks {
  /** `[⌈size / 4⌉]`, four codes in each. */
  words: Int32Array;
  /** Largest magnitude of each block. */
  scales: Float32Array;
}

/** Codes of the values of `map` that are nearest to each value over the largest magnitude of its block. */
export function encodeBlocks(values: Float32Array, map: Float32Array, block: number): Blocks {
  const middles = Float64Array.from({ length: map.length - 1 }, (_, code) => (map[code]! + map[code + 1]!) / 2);
  const words = new Int32Array(Math.ceil(values.length / 4));
  const codes = new Uint8Array(words.buffer);
  const scales = new Float32Array(Math.ceil(values.length / block));
  for (let index = 0; index < scales.length; index++) {
    const [begin, end] = [index * block, Math.min((index + 1) * block, values.length)];
    let largest = 0;
    for (let at = begin; at < end; at++) largest = Math.max(largest, Math.abs(values[at]!));
    scales[index] = largest;
    // A block of zeros: whatever its codes, they are multiplied by 0.
    if (largest === 0) continue;
    for (let at = begin; at < end; at++) codes[at] = nearest(middles, values[at]! / largest);
  }
  return { words, scales };
}

/** How many of the ascending middles are below the value; of two codes as near the lower one. */
function nearest(middles: Float64Array, value: number): number {
  let [low, high] = [0, middles.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (middles[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function decodeBlocks({ words, scales }: Blocks, map: Float32Array, block: number, size: number): Float32Array {
  const codes = new Uint8Array(words.buffer, words.byteOffset);
  const values = new Float32Array(size);
  for (let at = 0; at < size; at++) {
    const scale = scales[Math.floor(at / block)]!;
    values[at] = scale === 0 ? 0 : map[codes[at]!]! * scale;
  }
  return values;
}

export interface Groups {
  /** `[⌈size / 8⌉]`, eight codes in each. */
  words: Int32Array;
  /** Distance of two codes' values, of each group. */
  scales: Float32Array;
  /** The code whose value is 0, of each group. */
  zeros: Float32Array;
}

/**
 * Codes of 4 bits at equal distances from the smallest to the largest value of each group. Source: arXiv 2407.08296. As in the authors'
 * code the code of 0 is one of the 16, so that a group on one side of 0, far from it for its range, loses its values.
 */
export function encodeGroups(values: Float32Array, group: number): Groups {
  const words = new Int32Array(Math.ceil(values.length / 8));
  const count = Math.ceil(values.length / group);
  const [scales, zeros] = [new Float32Array(count), new Float32Array(count)];
  const code = (value: number) => Math.min(15, Math.max(0, value));
  for (let index = 0; index < count; index++) {
    const [begin, end] = [index * group, Math.min((index + 1) * group, values.length)];
    let [smallest, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let at = begin; at < end; at++) {
      smallest = Math.min(smallest, values[at]!);
      largest = Math.max(largest, values[at]!);
    }
    const scale = Math.fround(Math.max(largest - smallest, 1e-5) / 15);
    const zero = code(-Math.round(smallest / scale));
    scales[index] = scale;
    zeros[index] = zero;
    for (let at = begin; at < end; at++) {
      words[at >> 3]! |= code(Math.round(values[at]! / scale) + zero) << (4 * (at & 7));
    }
  }
  return { words, scales, zeros };
}

export function decodeGroups({ words, scales, zeros }: Groups, group: number, size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, at) => {
    const index = Math.floor(at / group);
    const code = (words[at >> 3]! >>> (4 * (at & 7))) & 15;
    return scales[index]! * (code - zeros[index]!);
  });
}

interface Rounding {
  bits: number;
  group: number;
  /** Uniform in [0, 1). */
  uniform(): number;
}

/**
 * Each value at one of the two nearest of `2^bits` equal steps from the smallest to the largest of its group: the nearer, the
 * likelier, so that the mean is the value. Both ends stay as they are. What is not finite stays with its whole group.
 */
export function roundGroups(values: Float32Array, { bits, group, uniform }: Rounding): Float32Array {
  const rounded = new Float32Array(values.length);
  const most = 2 ** bits - 1;
  for (let begin = 0; begin < values.length; begin += group) {
    const part = values.subarray(begin, begin + group);
    const smallest = part.reduce((least, value) => Math.min(least, value));
    const scale = (part.reduce((largest, value) => Math.max(largest, value)) - smallest) / most;
    part.forEach((value, at) => {
      const draw = uniform();
      const code = Math.min(most, Math.floor((value - smallest) / scale + draw));
      rounded[begin + at] = scale > 0 && Number.isFinite(scale) ? smallest + scale * code : value;
    });
  }
  return rounded;
}
