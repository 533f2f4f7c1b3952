/** @file One tensor of a safetensors file as float32. */
import type { HostState, HostTensor } from '../method.js';
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

/** One for all tensors: garbage of a piece per tensor would weigh as much as a small model. */
let piece: Uint8Array<ArrayBuffer> | undefined;

/**
 * Reads a tensor, float16 and bfloat16 widened. Only its own values and one piece are in memory.
 *
 * @throws SafetensorsError for a type that is no weight, or values that no array can hold
 */
export function readTensor(source: ByteSource, name: string, entry: TensorEntry): HostTensor {
  requireReadable(source, name, entry);
  const values = allocate(source.file, name, (entry.end - entry.begin) / bytesOf(entry));
  fillFrom(source, name, entry, { target: values, first: 0 });
  return { shape: entry.shape, values };
}

/**
 * Reads as many values of a tensor as `target` holds, from the value `first` on.
 * The host is taken to be little-endian, as every platform of Node's releases but one is.
 *
 * @throws SafetensorsError for a type that is no weight
 */
export function fillFrom(
  source: ByteSource,
  name: string,
  entry: TensorEntry,
  { target, first }: { target: Float32Array; first: number },
): void {
  requireReadable(source, name, entry);
  const widen = widenings.get(entry.dtype);
  const begin = entry.begin + first * bytesOf(entry);
  if (widen === undefined) {
    source.fill(new Uint8Array(target.buffer, target.byteOffset, target.byteLength), begin);
    return;
  }
  piece ??= new Uint8Array(PIECE_BYTES);
  for (let done = 0; done < target.length; done += PIECE_BYTES / 2) {
    const count = Math.min(PIECE_BYTES / 2, target.length - done);
    source.fill(piece.subarray(0, 2 * count), begin + 2 * done);
    widen(new Uint16Array(piece.buffer, 0, count), target.subarray(done, done + count));
  }
}

/** Bytes of one stored element of a type that can be read. */
const bytesOf = ({ dtype }: TensorEntry): number => (widenings.has(dtype) ? 2 : 4);

function requireReadable({ file }: ByteSource, name: string, { dtype }: TensorEntry): void {
  if (!readableDtypes.includes(dtype)) {
    throw new SafetensorsError(
      file,
      `tensor ${name}: values of dtype ${dtype} are not read, expected ${readableDtypes.join(', ')}`,
    );
  }
}

/**
 * Reads a tensor, whole numbers as they are.
 *
 * @throws SafetensorsError as `readTensor` does, or naming a whole number that 32 bits do not hold
 */
export function readState(source: ByteSource, name: string, entry: TensorEntry): HostState {
  if (entry.dtype !== 'I32' && entry.dtype !== 'I64') return readTensor(source, name, entry);
  const bytes = new Uint8Array(entry.end - entry.begin);
  source.fill(bytes, entry.begin);
  const words = new Int32Array(bytes.buffer);
  return { shape: entry.shape, values: entry.dtype === 'I32' ? words : narrowed(words, source.file, name) };
}

/** Whole numbers of 64 bits in 32, their low words. */
function narrowed(words: Int32Array, file: string, name: string): Int32Array<ArrayBuffer> {
  const values = new Int32Array(words.length / 2);
  for (let index = 0; index < values.length; index += 1) {
    const [low, high] = [words[2 * index]!, words[2 * index + 1]!];
    if (high !== (low < 0 ? -1 : 0)) {
      throw new SafetensorsError(file, `tensor ${name}: entry ${index} is a whole number that 32 bits do not hold`);
    }
    values[index] = low;
  }
  return values;
}

function allocate(file: string, name: string, length: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(length);
  } catch (cause) {
    throw new SafetensorsError(file, `tensor ${name}: ${length} values do not fit in memory`, { cause });
  }
}
