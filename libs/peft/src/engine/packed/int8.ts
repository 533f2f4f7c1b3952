/**
 * @file Whole numbers of 8 bits: those of one output are multiplied by its largest magnitude over 127. Source: arXiv 2208.07339,
 * section 2.1 (absmax, vector-wise), without the decomposition of outliers.
 */
import type { PackedDtype } from './dtype.js';

/** The nearest whole number; of two as near the even one, as torch rounds. */
function rounded(value: number): number {
  const below = Math.floor(value);
  const over = value - below;
  if (over !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

export const int8: PackedDtype = {
  name: 'int8',
  parts: ({ in: inputs, out }) => ({
    words: { kind: 'words', length: Math.ceil((inputs * out) / 4) },
    scales: { kind: 'floats', length: out },
  }),
  pack(values, { in: inputs, out }) {
    const words = new Int32Array(Math.ceil(values.length / 4));
    const codes = new Int8Array(words.buffer);
    const scales = new Float32Array(out);
    for (let unit = 0; unit < out; unit++) {
      const row = values.subarray(unit * inputs, (unit + 1) * inputs);
      const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      scales[unit] = largest / 127;
      if (largest === 0) continue;
      const factor = Math.fround(127 / largest);
      row.forEach((value, at) => {
        codes[unit * inputs + at] = rounded(Math.fround(value * factor));
      });
    }
    return { words, scales };
  },
  open({ words, scales }, target, { from, to, shape }) {
    const codes = new Int8Array((words as Int32Array).buffer, (words as Int32Array).byteOffset);
    for (let at = from; at < to; at++) target[at - from] = codes[at]! * scales![Math.floor(at / shape.in)]!;
  },
  openFlat(on, { words, scales }, { in: inputs, out }) {
    const size = inputs * out;
    const padded = 4 * Math.ceil(size / 4);
    const codes = on.first(on.reshape(on.toFloat(on.bitcast(words!, 'int8')), [padded]), size);
    const scaled = on.multiply(on.reshape(codes, [out, inputs]), on.reshape(scales!, [out, 1]));
    return on.reshape(scaled, [size]);
  },
  // Before and after they are multiplied by their scales.
  heldFlat: 2,
};
