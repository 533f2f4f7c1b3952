/** @file Two numbers in a word: the types of 16 bits but for how a number becomes 16 bits, and how these become one. */
import type { PackedDtype } from './dtype.js';

interface Halves {
  name: 'bfloat16' | 'float16';
  /** The nearest of the type to each number; of two as near the even one. */
  bitsOf(value: number): number;
  /** Writes the numbers of bits over `target`. */
  widen(bits: Uint16Array, target: Float32Array): void;
}

export const inHalves = ({ name, bitsOf, widen }: Halves): PackedDtype => ({
  name,
  parts: ({ in: inputs, out }) => ({ words: { kind: 'words', length: Math.ceil((inputs * out) / 2) } }),
  pack(values) {
    const words = new Int32Array(Math.ceil(values.length / 2));
    const bits = new Uint16Array(words.buffer);
    values.forEach((value, at) => {
      bits[at] = bitsOf(value);
    });
    return { words };
  },
  open({ words }, target, { from, to }) {
    const { buffer, byteOffset } = words as Int32Array;
    widen(new Uint16Array(buffer, byteOffset + 2 * from, to - from), target);
  },
  openFlat(on, { words }, { in: inputs, out }) {
    const size = inputs * out;
    const numbers = on.toFloat(on.bitcast(words!, name));
    return on.first(on.reshape(numbers, [2 * Math.ceil(size / 2)]), size);
  },
  heldFlat: 1,
});
