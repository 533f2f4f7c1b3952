/**
 * @file Formats of a GGUF file's tensors, and the values of their blocks. Every product of a scale with a quantized integer is
 * exact in float32, so that a value is rounded at most once, and equals that of Python's `gguf` to the bit.
 */
import { fromFloat16 } from '@rankforge/peft';

export interface BlockFormat {
  name: string;
  /** Values of a block, and the bytes they take. */
  values: number;
  bytes: number;
  /** Element type of safetensors that holds the values without loss. */
  dtype: 'F32' | 'F16' | 'BF16';
  /** Fills float32 from whole blocks. Absent: the bytes are those of safetensors. */
  dequantize?: (blocks: Uint8Array, target: Float32Array) => void;
}

/** Scale, and 32 integers of 8 bits. */
function q8_0(blocks: Uint8Array, target: Float32Array): void {
  forBlocks(blocks, 34, (block, index) => {
    const scale = float16(block, 0);
    for (let i = 0; i < 32; i++) target[32 * index + i] = scale * signed(block[2 + i]!);
  });
}

/** Scale, and 32 integers of 4 bits from −8: the low halves of 16 bytes, then the high ones. */
function q4_0(blocks: Uint8Array, target: Float32Array): void {
  forBlocks(blocks, 18, (block, index) => {
    const scale = float16(block, 0);
    for (let i = 0; i < 16; i++) {
      const pair = block[2 + i]!;
      target[32 * index + i] = scale * ((pair & 15) - 8);
      target[32 * index + 16 + i] = scale * ((pair >> 4) - 8);
    }
  });
}

/** Scale, minimum, and 32 integers of 4 bits from 0. */
function q4_1(blocks: Uint8Array, target: Float32Array): void {
  forBlocks(blocks, 20, (block, index) => {
    const [scale, minimum] = [float16(block, 0), float16(block, 2)];
    for (let i = 0; i < 16; i++) {
      const pair = block[4 + i]!;
      target[32 * index + i] = scale * (pair & 15) + minimum;
      target[32 * index + 16 + i] = scale * (pair >> 4) + minimum;
    }
  });
}

/** Scale, and 32 integers of 5 bits from −16: their fifth bits, then halves of bytes as in Q4_0. */
function q5_0(blocks: Uint8Array, target: Float32Array): void {
  forBlocks(blocks, 22, (block, index) => {
    const scale = float16(block, 0);
    for (let i = 0; i < 32; i++) target[32 * index + i] = scale * (fiveBits(block, i, 2) - 16);
  });
}

/** Scale, minimum, and 32 integers of 5 bits from 0. */
function q5_1(blocks: Uint8Array, target: Float32Array): void {
  forBlocks(blocks, 24, (block, index) => {
    const [scale, minimum] = [float16(block, 0), float16(block, 2)];
    for (let i = 0; i < 32; i++) target[32 * index + i] = scale * fiveBits(block, i, 4) + minimum;
  });
}

/** The i-th of 32 integers, whose fifth bits lie in four bytes at `at`, and the others in halves of the 16 bytes after them. */
function fiveBits(block: Uint8Array, i: number, at: number): number {
  const high = (block[at + (i >> 3)]! >> (i & 7)) & 1;
  return ((block[at + 4 + (i & 15)]! >> (4 * (i >> 4))) & 15) | (high << 4);
}

/** Scale and scale of minima, eight of each of 6 bits in 12 bytes, and 256 integers of 4 bits: 32 low halves, 32 high ones. */
function q4_k(blocks: Uint8Array, target: Float32Array): void {
  forBlocks(blocks, 144, (block, index) => {
    forGroups(block, (group, step, minimum) => {
      const from = 16 + 32 * (group >> 1);
      for (let i = 0; i < 32; i++) {
        target[256 * index + 32 * group + i] = step * ((block[from + i]! >> (4 * (group & 1))) & 15) - minimum;
      }
    });
  });
}

/** Scales and minima as in Q4_K, and 256 integers of 5 bits: a byte holds the fifth bits of eight, one of each group. */
function q5_k(blocks: Uint8Array, target: Float32Array): void {
  forBlocks(blocks, 176, (block, index) => {
    forGroups(block, (group, step, minimum) => {
      const from = 48 + 32 * (group >> 1);
      for (let i = 0; i < 32; i++) {
        const low = (block[from + i]! >> (4 * (group & 1))) & 15;
        const high = (block[16 + i]! >> group) & 1;
        target[256 * index + 32 * group + i] = step * (low | (high << 4)) - minimum;
      }
    });
  });
}

/** The eight groups of a block of Q4_K or Q5_K, each with what its integers are multiplied by and lessened by. */
function forGroups(block: Uint8Array, each: (group: number, step: number, minimum: number) => void): void {
  const [scale, minimumScale] = [float16(block, 0), float16(block, 2)];
  const packed = block.subarray(4, 16);
  for (let group = 0; group < 8; group++) {
    const high = packed[group + 4]!;
    const [step, minimum] =
      group < 4
        ? [packed[group]! & 63, high & 63]
        : [(high & 15) | ((packed[group - 4]! >> 6) << 4), (high >> 4) | ((packed[group]! >> 6) << 4)];
    each(group, scale * step, minimumScale * minimum);
  }
}

/** 256 integers of 6 bits from −32 (low 4 bits, high 2 bits), 16 scales of 8 bits, and their scale. */
function q6_k(blocks: Uint8Array, target: Float32Array): void {
  forBlocks(blocks, 210, (block, index) => {
    const scale = float16(block, 208);
    for (let i = 0; i < 256; i++) {
      const [half, within] = [i >> 7, i & 127];
      const [quarter, column] = [within >> 5, within & 31];
      const low = (block[64 * half + 32 * (quarter & 1) + column]! >> (4 * (quarter >> 1))) & 15;
      const high = (block[128 + 32 * half + column]! >> (2 * quarter)) & 3;
      target[256 * index + i] = scale * signed(block[192 + (i >> 4)]!) * ((low | (high << 4)) - 32);
    }
  });
}

function forBlocks(blocks: Uint8Array, bytes: number, each: (block: Uint8Array, index: number) => void): void {
  for (let index = 0; (index + 1) * bytes <= blocks.length; index++) {
    each(blocks.subarray(index * bytes, (index + 1) * bytes), index);
  }
}

const float16 = (block: Uint8Array, at: number): number => fromFloat16(block[at]! | (block[at + 1]! << 8));
const signed = (byte: number): number => (byte << 24) >> 24;

/** Formats that are read, by ggml's numbers. */
export const blockFormats: ReadonlyMap<number, BlockFormat> = new Map<number, BlockFormat>([
  [0, { name: 'F32', values: 1, bytes: 4, dtype: 'F32' }],
  [1, { name: 'F16', values: 1, bytes: 2, dtype: 'F16' }],
  [30, { name: 'BF16', values: 1, bytes: 2, dtype: 'BF16' }],
  [2, { name: 'Q4_0', values: 32, bytes: 18, dtype: 'F32', dequantize: q4_0 }],
  [3, { name: 'Q4_1', values: 32, bytes: 20, dtype: 'F32', dequantize: q4_1 }],
  [6, { name: 'Q5_0', values: 32, bytes: 22, dtype: 'F32', dequantize: q5_0 }],
  [7, { name: 'Q5_1', values: 32, bytes: 24, dtype: 'F32', dequantize: q5_1 }],
  [8, { name: 'Q8_0', values: 32, bytes: 34, dtype: 'F32', dequantize: q8_0 }],
  [12, { name: 'Q4_K', values: 256, bytes: 144, dtype: 'F32', dequantize: q4_k }],
  [13, { name: 'Q5_K', values: 256, bytes: 176, dtype: 'F32', dequantize: q5_k }],
  [14, { name: 'Q6_K', values: 256, bytes: 210, dtype: 'F32', dequantize: q6_k }],
]);
