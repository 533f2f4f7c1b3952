/** @file float16: IEEE 754 binary16. */
import { widenings } from '../../io/dtypes.js';
import { inHalves } from './halves.js';

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

export const float16 = inHalves({
  name: 'float16',
  bitsOf(value) {
    float[0] = value;
    const bits = word[0]!;
    const sign = (bits >>> 16) & 0x8000;
    const rest = bits & 0x7fffffff;
    if (rest > 0x7f800000) return sign | 0x7e00;
    // 65520 and above are nearer to 2¹⁶, which the type does not have, than to 65504.
    if (rest >= 0x477ff000) return sign | 0x7c00;
    if (rest < 0x38800000) {
      // Below the smallest normal number steps are 2⁻²⁴ apart.
      const steps = Math.abs(value) * 2 ** 24;
      const below = Math.floor(steps);
      const over = steps - below;
      return sign | (below + (over > 0.5 || (over === 0.5 && below % 2 === 1) ? 1 : 0));
    }
    const shifted = rest - 0x38000000;
    return sign | ((shifted + 0xfff + ((shifted >>> 13) & 1)) >>> 13);
  },
  widen: widenings.get('F16')!,
});
