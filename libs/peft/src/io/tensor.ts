/** @file One tensor of a safetensors file as float32. */
import type { HostTensor } from '../method.js';
import { readableDtypes, widenings } from './dtypes.js';
import { SafetensorsError } from './errors.js';
import type { TensorEntry } from './header.js';

/** Somewhere to read bytes from. */
export interface ByteSource {
  /** Its name, for error messages. */
  file: string;
  /** Fills `target` from `position` on. */
  fill(target: Uint8Array, position: number): void;
}

/** Narrow elements are read in pieces, so that a tensor is never in memory in both widths. */
const PIECE_BYTES = 1 << 20;

/**
 * Reads a tensor, float16 and bfloat16 widened. Only its own values and one piece are in memory.
 * The host is taken to be little-endian, as every platform of Node's releases but one is.
 *
 * @throws SafetensorsError for a type that is no weight, or values that no array can hold
 */
export function readTensor(source: ByteSource, name: string, { dtype, shape, begin, end }: TensorEntry): HostTensor {
  const widen = widenings.get(dtype);
  if (!readableDtypes.includes(dtype)) {
    throw new SafetensorsError(
      source.file,
      `tensor ${name}: values of dtype ${dtype} are not read, expected ${readableDtypes.join(', ')}`,
    );
  }
  const values = allocate(source.file, name, (end - begin) / (widen ? 2 : 4));
  if (widen === undefined) {
    source.fill(new Uint8Array(values.buffer), begin);
    return { shape, values };
  }
  const piece = new Uint8Array(Math.min(PIECE_BYTES, end - begin));
  for (let position = begin; position < end; position += PIECE_BYTES) {
    const bytes = piece.subarray(0, Math.min(PIECE_BYTES, end - position));
    source.fill(bytes, position);
    const first = (position - begin) / 2;
    widen(new Uint16Array(piece.buffer, 0, bytes.length / 2), values.subarray(first, first + bytes.length / 2));
  }
  return { shape, values };
}

function allocate(file: string, name: string, length: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(length);
  } catch (cause) {
    throw new SafetensorsError(file, `tensor ${name}: ${length} values do not fit in memory`, { cause });
  }
}
