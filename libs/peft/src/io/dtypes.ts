/** @file Element types of safetensors, and the widening of those that hold weights to float32. */

/** Bits of one element, for every type the format names. */
export const bitsOf: ReadonlyMap<string, number> = new Map([
  ['BOOL', 8],
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['I16', 16],
  ['U16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['I32', 32],
  ['U32', 32],
  ['F32', 32],
  ['C64', 64],
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
]);

/** Types whose values become float32 without loss. */
export const readableDtypes: readonly string[] = ['F32', 'F16', 'BF16'];

type Widen = (source: Uint16Array, target: Float32Array) => void;

/** Fills float32 from half-width elements. */
export const widenings: ReadonlyMap<string, Widen> = new Map<string, Widen>([
  [
    'BF16',
    (source, target) => {
      const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
      for (let i = 0; i < source.length; i++) bits[i] = source[i]! << 16;
    },
  ],
  [
    'F16',
    (source, target) => {
      const table = halves();
      for (let i = 0; i < source.length; i++) target[i] = table[source[i]!]!;
    },
  ],
]);

/** Value of an IEEE 754 binary16 by its bits. */
export function fromFloat16(bits: number): number {
  return halves()[bits]!;
}

let halfTable: Float32Array | undefined;

/** Every IEEE 754 binary16 value by its bits. */
function halves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  });
  return halfTable;
}
