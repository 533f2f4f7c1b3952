/**
 * @file The safetensors format: an 8-byte little-endian header length, a JSON header, the tensors' bytes.
 * float32 is written, and int32 where the values are; float16 and bfloat16 are widened on reading.
 * Source: https://huggingface.co/docs/safetensors (format section).
 */
import { constants } from 'node:buffer';
import type { HostState, HostTensor } from '../method.js';
import { headerLength, LENGTH_BYTES, parseHeader, type TensorEntry } from './header.js';
import { type ByteSource, readState, readTensor } from './tensor.js';

export interface Safetensors<T = HostTensor> {
  tensors: Map<string, T>;
  metadata: Record<string, string>;
}

/**
 * Pieces of a safetensors file, one after another: the header, then each tensor in the order given. Nothing is copied, and no
 * buffer holds the whole.
 *
 * @example
 * await writeFile('model.safetensors', safetensorsPieces(tensors, { format: 'pt' }));
 */
export function* safetensorsPieces(
  tensors: ReadonlyMap<string, HostState>,
  metadata: Record<string, string> = {},
): Generator<Uint8Array> {
  yield safetensorsHeader(entriesOf(tensors), metadata);
  for (const { values } of tensors.values()) {
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}

/**
 * Bytes of a safetensors file with the tensors in the order given.
 *
 * @throws RangeError if they are more than a buffer holds
 * @example
 * writeSafetensors(new Map([['w', { shape: [2], values: Float32Array.of(1, 2) }]]), { format: 'pt' });
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostState>,
  metadata: Record<string, string> = {},
): Uint8Array {
  return joined(safetensorsPieces(tensors, metadata));
}

/**
 * The pieces of a file as one.
 *
 * @throws RangeError if they are more than a buffer holds
 */
export function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  const all = [...pieces];
  const total = all.reduce((sum, { length }) => sum + length, 0);
  if (total > constants.MAX_LENGTH) {
    throw new RangeError(
      `A file takes ${total} bytes, and a buffer of Node.js ${process.version} holds at most ${constants.MAX_LENGTH}: write it in pieces`,
    );
  }
  const file = new Uint8Array(total);
  let offset = 0;
  for (const piece of all) {
    file.set(piece, offset);
    offset += piece.length;
  }
  return file;
}

const entriesOf = (tensors: ReadonlyMap<string, HostState>) =>
  new Map(
    [...tensors].map(([name, { shape, values }]): [string, EntryToWrite] => [
      name,
      { dtype: values instanceof Int32Array ? 'I32' : 'F32', shape, bytes: values.byteLength },
    ]),
  );

/**
 * Reads every tensor of a file that is in memory.
 *
 * @param file its name, for error messages
 * @throws SafetensorsError
 */
export function readSafetensors(bytes: Uint8Array, file: string): Safetensors {
  return readAll(bytes, file, readTensor);
}

/**
 * The same where tensors may be int32, which no weight is.
 *
 * @throws SafetensorsError
 */
export function readStates(bytes: Uint8Array, file: string): Safetensors<HostState> {
  return readAll(bytes, file, readState);
}

export interface EntryToWrite {
  /** Element type of safetensors. */
  dtype: string;
  shape: readonly number[];
  bytes: number;
}

/** The start of a safetensors file, for whoever writes the tensors' bytes after it, in the same order. */
export function safetensorsHeader(
  entries: ReadonlyMap<string, EntryToWrite>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of entries) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  // The data begins at a multiple of 8, as the reference implementation pads it.
  const length = Math.ceil(json.length / 8) * 8;
  const start = Buffer.alloc(8 + length, ' ');
  start.writeBigUInt64LE(BigInt(length), 0);
  json.copy(start, 8);
  return start;
}

type ReadTensor<T> = (source: ByteSource, name: string, entry: TensorEntry) => T;

function readAll<T>(bytes: Uint8Array, file: string, read: ReadTensor<T>): Safetensors<T> {
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, file);
  const header = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  const { entries, metadata } = parseHeader(header, bytes.length, file);
  const source: ByteSource = {
    file,
    fill: (target, position) => target.set(bytes.subarray(position, position + target.length)),
  };
  return { tensors: new Map([...entries].map(([name, entry]) => [name, read(source, name, entry)])), metadata };
}
