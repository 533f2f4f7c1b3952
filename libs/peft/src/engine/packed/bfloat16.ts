/** @file bfloat16: the upper half of a float32. */
import { widenings } from '../../io/dtypes.js';
import { inHalves } from './halves.js';

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

export const bfloat16 = inHalves({
  name: 'bfloat16',
  bitsOf(value) {
    float[0] = value;
    const bits = word[0]!;
    // NaN stays NaN, whatever its lower half holds.
    if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
    return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  },
  widen: widenings.get('BF16')!,
});
