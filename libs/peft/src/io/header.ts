/**
 * @file The header of a safetensors file: what it says is checked against the size of the file before any tensor is
 * read. The work is bounded by the size of the header, which is bounded itself.
 */
import { visit } from 'jsonc-parser';
import { bitsOf } from './dtypes.js';
import { brief, SafetensorsError } from './errors.js';

/** The reference implementation's own limit. */
const MAX_HEADER_BYTES = 100_000_000;
/** Published models hold thousands of tensors in a file. */
const MAX_TENSORS = 100_000;
/** A header is an object of objects that hold arrays. */
const MAX_DEPTH = 3;

/** Bytes before the JSON: its length as a little-endian 64-bit integer. */
export const LENGTH_BYTES = 8;

/** Where a tensor lies: `begin` and `end` are byte offsets into the file. */
export interface TensorEntry {
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

export interface Header {
  /** By name, in the order of the header. */
  entries: ReadonlyMap<string, TensorEntry>;
  metadata: Record<string, string>;
}

/**
 * Bytes of the JSON header.
 *
 * @param start the first bytes of the file
 * @param fileBytes size of the whole file
 * @throws SafetensorsError
 */
export function headerLength(start: Uint8Array, fileBytes: number, file: string): number {
  if (start.length < LENGTH_BYTES) {
    throw new SafetensorsError(file, `expected at least ${LENGTH_BYTES} bytes, got ${start.length}`);
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(fileBytes - LENGTH_BYTES)) {
    throw new SafetensorsError(file, `header length ${length} exceeds the file of ${fileBytes} bytes`);
  }
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new SafetensorsError(file, `header length ${length} exceeds the limit of ${MAX_HEADER_BYTES} bytes`);
  }
  return Number(length);
}

/**
 * Reads the JSON header. Tensors must cover the rest of the file exactly: no gap, no overlap, nothing left over.
 *
 * @param fileBytes size of the whole file
 * @throws SafetensorsError
 */
export function parseHeader(bytes: Uint8Array, fileBytes: number, file: string): Header {
  const { __metadata__: metadata = {}, ...rest } = parseJson(bytes, file);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw new SafetensorsError(file, 'header field __metadata__ must map names to strings');
  }
  const start = LENGTH_BYTES + bytes.length;
  const entries = new Map(Object.entries(rest).map(([name, entry]) => [name, parseEntry(entry, name, start, file)]));
  requireCovered(entries, start, fileBytes, file);
  return { entries, metadata: metadata as Record<string, string> };
}

function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SafetensorsError(file, 'header is not UTF-8', { cause });
  }
  if (!text.startsWith('{')) {
    throw new SafetensorsError(file, `header must be a JSON object, begins with ${brief(text.slice(0, 1))}`);
  }
  requireOnce(text, file);
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new SafetensorsError(file, 'header is not JSON', { cause });
  }
}

/** JSON.parse keeps the last of two equal names; here they are refused, and so is more than a header can be. */
function requireOnce(text: string, file: string): void {
  const open: (Set<string> | undefined)[] = [];
  const enter = (names?: Set<string>) => {
    open.push(names);
    if (open.length > MAX_DEPTH) {
      throw new SafetensorsError(file, `header is nested deeper than ${MAX_DEPTH} levels`);
    }
  };
  const leave = () => {
    open.pop();
  };
  visit(text, {
    onObjectBegin: () => enter(new Set()),
    onArrayBegin: () => enter(),
    onObjectEnd: leave,
    onArrayEnd: leave,
    onObjectProperty: (name) => {
      const names = open.at(-1);
      requireText(name, file);
      if (names?.has(name)) {
        throw new SafetensorsError(file, `${open.length === 1 ? 'tensor' : 'field'} ${brief(name)} is named twice`);
      }
      names?.add(name);
      if (open.length === 1 && names !== undefined && names.size > MAX_TENSORS) {
        throw new SafetensorsError(file, `header names more than ${MAX_TENSORS} tensors`);
      }
    },
    onLiteralValue: (value) => requireText(value, file),
    // A parser that goes on after an error would report what a strict one never sees.
    onError: () => {
      throw new SafetensorsError(file, 'header is not JSON');
    },
  });
}

/** Half a character (`\\ud800` alone) is JSON for JavaScript only. */
function requireText(value: unknown, file: string): void {
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) {
    throw new SafetensorsError(file, `header holds ${brief(value)}, which is not Unicode text`);
  }
}

function parseEntry(entry: unknown, name: string, start: number, file: string): TensorEntry {
  const fail = (problem: string) => new SafetensorsError(file, `tensor ${label(name)}: ${problem}`);
  if (!isRecord(entry)) {
    throw fail('must be an object');
  }
  const { dtype, shape, data_offsets: offsets } = entry;
  const bits = typeof dtype === 'string' ? bitsOf.get(dtype) : undefined;
  if (typeof dtype !== 'string' || bits === undefined) {
    throw fail(`dtype must be one of ${[...bitsOf.keys()].join(', ')}, got ${brief(dtype)}`);
  }
  if (!isSizes(shape)) {
    throw fail(`shape must be an array of sizes, got ${brief(shape)}`);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw fail(`data_offsets must be two byte offsets, got ${brief(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const expected = (elementsOf(shape) * bits) / 8;
  if (!Number.isSafeInteger(expected)) {
    throw fail(`shape ${brief(shape)} of ${dtype} is no whole number of bytes that a file can hold`);
  }
  if (end - begin !== expected) {
    throw fail(`data_offsets span ${end - begin} bytes, shape ${brief(shape)} of ${dtype} needs ${expected}`);
  }
  return { dtype, shape, begin: start + begin, end: start + end };
}

/** NaN once a partial product leaves the integers that a double holds, even where a later size is 0. */
function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => (Number.isSafeInteger(product * size) ? product * size : Number.NaN), 1);
}

function requireCovered(entries: Header['entries'], start: number, fileBytes: number, file: string): void {
  let covered = start;
  for (const [name, { begin, end }] of [...entries].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const problem = `data_offsets begin at ${begin - start}, expected ${covered - start}`;
      throw new SafetensorsError(file, `tensor ${label(name)}: ${problem}`);
    }
    covered = end;
  }
  if (covered !== fileBytes) {
    throw new SafetensorsError(
      file,
      `tensors cover ${covered - start} bytes, the file holds ${fileBytes - start} after its header`,
    );
  }
}

/** A tensor's name in a message: as it is when it is one, quoted and cut when it is anything else. */
function label(name: string): string {
  return /^[\w./:-]{1,80}$/.test(name) ? name : brief(name);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
