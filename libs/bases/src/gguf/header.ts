/**
 * @file The header of a GGUF file: metadata, and where each tensor lies. All that it says is checked against the size of the
 * file before any tensor is read; the work is bounded by the size of the header, which is bounded itself.
 * The package @huggingface/gguf (0.4.6) is no way out: it takes what a cut file lacks of its header for zeros.
 * Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3).
 */
import { type FileHandle, open } from 'node:fs/promises';
import { type BlockFormat, blockFormats } from './blocks.js';

/** A GGUF file that cannot be used; the message names the file and the field or tensor. */
export class GgufError extends Error {
  override readonly name = 'GgufError';
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
  }
}

export type GgufArray = string[] | ArrayLike<number>;
export type GgufValue = string | number | boolean | GgufArray;

/** Where a tensor lies: `begin` is a byte offset into the file. */
export interface GgufTensor {
  format: BlockFormat;
  /** Sizes as PyTorch orders them: the last is that of a row. */
  shape: number[];
  begin: number;
  bytes: number;
}

export interface GgufHeader {
  file: string;
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: ReadonlyMap<string, GgufTensor>;
}

/** A model of 262,144 tokens has a header of some 10 MB. */
const MAX_HEADER_BYTES = 100_000_000;
/** First reading; most of the header's bytes are the tokenizer's, a few megabytes. */
const FIRST_BYTES = 1 << 22;
const MAX_DIMENSIONS = 4;

/**
 * Reads the header of a GGUF file.
 *
 * @throws GgufError
 */
export async function readGgufHeader(file: string): Promise<GgufHeader> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const most = Math.min(size, MAX_HEADER_BYTES);
    for (let length = Math.min(FIRST_BYTES, most); ; length = Math.min(4 * length, most)) {
      try {
        return parseHeader(new Cursor(await firstBytes(handle, length), file), size);
      } catch (error) {
        if (!(error instanceof EndOfBytes)) throw error;
        if (length === size) throw new GgufError(file, `the file ends in the middle of its header (${size} bytes)`);
        if (length === most) throw new GgufError(file, `its header is longer than ${MAX_HEADER_BYTES} bytes`);
      }
    }
  } finally {
    await handle.close();
  }
}

async function firstBytes(handle: FileHandle, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}

function parseHeader(cursor: Cursor, fileBytes: number): GgufHeader {
  const { file } = cursor;
  if (cursor.take(4).toString('latin1') !== 'GGUF') throw new GgufError(file, 'does not begin with "GGUF"');
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    const isSwapped = (version & 0xffff) === 0;
    throw new GgufError(
      file,
      isSwapped ? 'is big-endian; only little-endian files are read' : `is of version ${version}, expected 2 or 3`,
    );
  }
  const tensorCount = cursor.count('tensors', 24, fileBytes);
  const keyCount = cursor.count('keys', 13, fileBytes);
  const metadata = new Map<string, GgufValue>();
  for (let index = 0; index < keyCount; index++) {
    const key = cursor.text(fileBytes);
    if (metadata.has(key)) throw new GgufError(file, `key ${label(key)} is there twice`);
    metadata.set(key, readValue(cursor, key, fileBytes));
  }
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || !Number.isInteger(alignment) || alignment < 1 || alignment > 1 << 20) {
    throw new GgufError(file, `general.alignment must be a number of bytes, got ${label(String(alignment))}`);
  }
  const infos = Array.from({ length: tensorCount }, () => readTensorInfo(cursor, fileBytes));
  const start = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const { name, format, shape, offset } of infos) {
    const fail = (problem: string) => new GgufError(file, `tensor ${label(name)}: ${problem}`);
    if (tensors.has(name)) throw fail('is there twice');
    const bytes = bytesOf(shape, format);
    if (bytes === undefined)
      throw fail(`its shape ${shape.join(' × ')} is no whole number of blocks of ${format.name}`);
    if (offset % BigInt(alignment) !== 0n) throw fail(`its offset ${offset} is no multiple of ${alignment}`);
    if (offset + BigInt(bytes) > BigInt(fileBytes - start)) {
      throw fail(
        `lies at ${offset} and takes ${bytes} bytes, and the file has ${Math.max(0, fileBytes - start)} after its header`,
      );
    }
    tensors.set(name, { format, shape, begin: start + Number(offset), bytes });
  }
  requireApart(tensors, file);
  return { file, metadata, tensors };
}

function readTensorInfo(cursor: Cursor, fileBytes: number) {
  const name = cursor.text(fileBytes);
  const fail = (problem: string) => new GgufError(cursor.file, `tensor ${label(name)}: ${problem}`);
  const dimensions = cursor.uint32();
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) throw fail(`has ${dimensions} dimensions`);
  const sizes = Array.from({ length: dimensions }, () => cursor.uint64());
  const type = cursor.uint32();
  const offset = cursor.uint64();
  const format = blockFormats.get(type);
  if (format === undefined) {
    const known = [...blockFormats.values()].map((each) => each.name).join(', ');
    throw fail(
      `is of ${typeNames.get(type) ?? `the unknown type ${type}`}, which is not read; expected one of ${known}`,
    );
  }
  if (sizes.some((size) => size > BigInt(Number.MAX_SAFE_INTEGER))) throw fail(`has a size of ${sizes.join(' × ')}`);
  // The first size is that of a row.
  return { name, format, shape: sizes.map(Number).reverse(), offset };
}

/** Undefined where rows are no whole blocks, or no file can hold so many. */
function bytesOf(shape: readonly number[], { values, bytes }: BlockFormat): number | undefined {
  const row = shape.at(-1)!;
  const total = shape.reduce((product, size) => product * size, 1);
  return row % values === 0 && Number.isSafeInteger(total) ? (total / values) * bytes : undefined;
}

function requireApart(tensors: GgufHeader['tensors'], file: string): void {
  let end = 0;
  for (const [name, { begin, bytes }] of [...tensors].toSorted(([, a], [, b]) => a.begin - b.begin)) {
    if (begin < end) throw new GgufError(file, `tensor ${label(name)}: overlaps the one before it`);
    end = begin + bytes;
  }
}

/** Bytes of one value of each numeric type, and how an array of them is seen. */
const numbers = new Map<number, { bytes: number; view: (bytes: ArrayBuffer) => ArrayLike<number | bigint> }>([
  [0, { bytes: 1, view: (bytes) => new Uint8Array(bytes) }],
  [1, { bytes: 1, view: (bytes) => new Int8Array(bytes) }],
  [2, { bytes: 2, view: (bytes) => new Uint16Array(bytes) }],
  [3, { bytes: 2, view: (bytes) => new Int16Array(bytes) }],
  [4, { bytes: 4, view: (bytes) => new Uint32Array(bytes) }],
  [5, { bytes: 4, view: (bytes) => new Int32Array(bytes) }],
  [6, { bytes: 4, view: (bytes) => new Float32Array(bytes) }],
  [7, { bytes: 1, view: (bytes) => new Uint8Array(bytes) }],
  [10, { bytes: 8, view: (bytes) => new BigUint64Array(bytes) }],
  [11, { bytes: 8, view: (bytes) => new BigInt64Array(bytes) }],
  [12, { bytes: 8, view: (bytes) => new Float64Array(bytes) }],
]);
const BOOLEAN = 7;
const TEXT = 8;
const ARRAY = 9;

function readValue(cursor: Cursor, key: string, fileBytes: number): GgufValue {
  const type = cursor.uint32();
  if (type === TEXT) return cursor.text(fileBytes);
  if (type !== ARRAY) {
    const [value] = Array.from(readNumbers(cursor, key, type, 1));
    return type === BOOLEAN ? value !== 0 : value!;
  }
  const element = cursor.uint32();
  if (element === TEXT) {
    const count = cursor.count(`texts of ${label(key)}`, 8, fileBytes);
    return Array.from({ length: count }, () => cursor.text(fileBytes));
  }
  const size = numbers.get(element)?.bytes ?? 1;
  return readNumbers(cursor, key, element, cursor.count(`values of ${label(key)}`, size, fileBytes));
}

function readNumbers(cursor: Cursor, key: string, type: number, count: number): ArrayLike<number> {
  const number = numbers.get(type);
  if (number === undefined) throw new GgufError(cursor.file, `key ${label(key)} is of the unknown type ${type}`);
  // A copy: the bytes of a file lie at any address.
  const bytes = Uint8Array.from(cursor.take(count * number.bytes)).buffer;
  const values = number.view(bytes);
  return number.bytes === 8 ? Float64Array.from(values as ArrayLike<number>, Number) : (values as ArrayLike<number>);
}

/** More bytes are needed than were read so far. */
class EndOfBytes extends Error {}

class Cursor {
  position = 0;

  constructor(
    private readonly bytes: Buffer,
    readonly file: string,
  ) {}

  take(length: number): Buffer {
    if (this.position + length > this.bytes.length) throw new EndOfBytes();
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  uint64(): bigint {
    return this.take(8).readBigUInt64LE();
  }

  /** A number of things that take at least so many bytes each: it may be no more than the file has room for. */
  count(things: string, bytesEach: number, fileBytes: number): number {
    const count = this.uint64();
    if (count * BigInt(bytesEach) > BigInt(fileBytes)) {
      throw new GgufError(this.file, `says ${count} ${things}, which a file of ${fileBytes} bytes does not hold`);
    }
    return Number(count);
  }

  text(fileBytes: number): string {
    return this.take(this.count('bytes of a text', 1, fileBytes)).toString('utf8');
  }
}

/** A name of the file in a message: as it is when it is one, quoted and cut when it is anything else. */
function label(name: string): string {
  return /^[\w./:-]{1,80}$/.test(name) ? name : JSON.stringify(name.slice(0, 80));
}

/** Types of ggml that are not read, by their numbers, for messages. */
const typeNames: ReadonlyMap<number, string> = new Map([
  [9, 'Q8_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K'],
  [15, 'Q8_K'],
  [16, 'IQ2_XXS'],
  [17, 'IQ2_XS'],
  [18, 'IQ3_XXS'],
  [19, 'IQ1_S'],
  [20, 'IQ4_NL'],
  [21, 'IQ3_S'],
  [22, 'IQ2_S'],
  [23, 'IQ4_XS'],
  [24, 'I8'],
  [25, 'I16'],
  [26, 'I32'],
  [27, 'I64'],
  [28, 'F64'],
  [29, 'IQ1_M'],
  [34, 'TQ1_0'],
  [35, 'TQ2_0'],
  [39, 'MXFP4'],
]);
