/**
 * @file NormalFloat of 4 bits with double quantization. Blocks of 64 numbers are divided by their largest magnitude; each quotient
 * becomes the nearest of 16 values. The largest magnitudes, less their mean, are blocks of 256 themselves, whose codes have 8 bits.
 * Source: arXiv 2305.14314, section 3 and appendix E, as bitsandbytes has it.
 */
import { dynamicMap, encodeBlocks } from '../../tensor/quantize.js';
import type { PackedDtype, PackedShape } from './dtype.js';

/** Quantiles of a normal distribution over the largest of them; 0 is one. Published in appendix E. */
export const normalFloats = Float32Array.of(
  ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453],
  ...[-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0],
  ...[0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224],
  ...[0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1],
);

const block = 64;
const scaleBlock = 256;
const codesInWord = 8;

/** Half way between two neighbours: what is above belongs to the upper one. */
const middles = Float32Array.from({ length: 15 }, (_, code) => (normalFloats[code]! + normalFloats[code + 1]!) / 2);

function nearest(value: number): number {
  let code = 0;
  while (code < 15 && value > middles[code]!) code++;
  return code;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array) => new Uint8Array(buffer, byteOffset, byteLength);

let scaleMap: Float32Array | undefined;
const scales256 = () => {
  scaleMap ??= dynamicMap(true);
  return scaleMap;
};

/** The two numbers of a byte, for all bytes: the lower four bits come first. */
const pairs = Float32Array.from({ length: 512 }, (_, at) => normalFloats[at % 2 === 0 ? (at >> 1) & 15 : at >> 5]!);

/** Blocks of a kernel and blocks of their scales. The last of each is filled up with zeros. */
const counts = ({ in: inputs, out }: PackedShape) => {
  const blocks = Math.ceil((inputs * out) / block);
  return { blocks, outer: Math.ceil(blocks / scaleBlock) };
};

export const nf4: PackedDtype = {
  name: 'nf4',
  parts(shape) {
    const { blocks, outer } = counts(shape);
    return {
      codes: { kind: 'words', length: (blocks * block) / codesInWord },
      scaleCodes: { kind: 'words', length: (outer * scaleBlock) / 4 },
      outerScales: { kind: 'floats', length: outer },
      mean: { kind: 'floats', length: 1 },
    };
  },
  pack(values, shape) {
    const { blocks, outer } = counts(shape);
    const largest = new Float32Array(blocks);
    const codes = new Int32Array((blocks * block) / codesInWord);
    for (let index = 0; index < blocks; index++) {
      const part = values.subarray(index * block, (index + 1) * block);
      const most = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      largest[index] = most;
      for (let at = 0; at < block; at++) {
        const code = nearest(at < part.length && most > 0 ? Math.fround(part[at]! / most) : 0);
        const place = index * block + at;
        codes[place >> 3]! |= code << (4 * (place & 7));
      }
    }
    const mean = Float32Array.of(largest.reduce((sum, scale) => sum + scale, 0) / blocks);
    const centred = largest.map((scale) => scale - mean[0]!);
    const { words, scales } = encodeBlocks(centred, scales256(), scaleBlock);
    const scaleCodes = new Int32Array((outer * scaleBlock) / 4);
    scaleCodes.set(words);
    return { codes, scaleCodes, outerScales: scales, mean };
  },
  open({ codes, scaleCodes, outerScales, mean }, target, { from, to }) {
    const [bytes, scaleBytes] = [bytesOf(codes as Int32Array), bytesOf(scaleCodes as Int32Array)];
    const map = scales256();
    for (let at = from; at < to; ) {
      const index = Math.floor(at / block);
      const scale = Math.fround(
        Math.fround(map[scaleBytes[index]!]! * outerScales![Math.floor(index / scaleBlock)]!) + mean![0]!,
      );
      const end = Math.min(to, (index + 1) * block);
      for (; at < end; at++) target[at - from] = pairs[2 * bytes[at >> 1]! + (at & 1)]! * scale;
    }
  },
  openFlat(on, { codes, scaleCodes, outerScales, mean }, shape) {
    const { blocks, outer } = counts(shape);
    const size = shape.in * shape.out;
    const bytes = on.reshape(on.bitcast(codes!, 'uint8'), [(blocks * block) / 2]);
    const numbers = on.reshape(on.gather(pairs, [256, 2], on.toIndices(bytes)), [blocks, block]);
    const scaleBytes = on.reshape(on.bitcast(scaleCodes!, 'uint8'), [outer * scaleBlock]);
    const inner = on.reshape(on.gather(scales256(), [256], on.toIndices(scaleBytes)), [outer, scaleBlock]);
    const scaled = on.multiply(inner, on.reshape(outerScales!, [outer, 1]));
    const scales = on.first(on.reshape(on.add(scaled, mean!), [outer * scaleBlock]), blocks);
    return on.first(on.reshape(on.multiply(numbers, on.reshape(scales, [blocks, 1])), [blocks * block]), size);
  },
  // Before and after they are multiplied by their scales.
  heldFlat: 2,
};
