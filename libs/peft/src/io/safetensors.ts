/**
 * @file The safetensors format: an 8-byte little-endian header length, a JSON header, the tensors' bytes.
 * float32 is written; float16 and bfloat16 are widened on reading.
 * Source: https://huggingface.co/docs/safetensors (format section).
 */
import type { HostTensor } from '../method.js';

/** A file that is not valid safetensors; the message names the file and the field. */
export class SafetensorsError extends Error {
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
    this.name = 'SafetensorsError';
  }
}

export interface Safetensors {
  tensors: Map<string, HostTensor>;
  metadata: Record<string, string>;
}

const widths: ReadonlyMap<unknown, number> = new Map([
  ['F32', 4],
  ['F16', 2],
  ['BF16', 2],
]);
/** The reference implementation's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Bytes of a safetensors file with the tensors in the order given, all float32.
 *
 * @example
 * writeSafetensors(new Map([['w', { shape: [2], values: Float32Array.of(1, 2) }]]), { format: 'pt' });
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  // The data begins at a multiple of 8, as the reference implementation pads it.
  const length = Math.ceil(json.length / 8) * 8;
  const file = Buffer.alloc(8 + length + end, ' ');
  file.writeBigUInt64LE(BigInt(length), 0);
  json.copy(file, 8);
  let offset = 8 + length;
  for (const { values } of tensors.values()) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
}

/**
 * Reads a safetensors file. Tensors must cover the data exactly: no gap, no overlap, nothing left over.
 *
 * @param file its name, for error messages
 * @throws SafetensorsError
 */
export function readSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 8) {
    throw new SafetensorsError(file, `expected at least 8 bytes, got ${view.length}`);
  }
  const length = view.readBigUInt64LE(0);
  if (length > BigInt(MAX_HEADER_BYTES) || length > BigInt(view.length - 8)) {
    throw new SafetensorsError(file, `header length ${length} exceeds the file of ${view.length} bytes`);
  }
  const start = 8 + Number(length);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(view.subarray(8, start), file);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw new SafetensorsError(file, 'header field __metadata__ must map names to strings');
  }
  const parsed = Object.entries(entries).map(([name, entry]) => ({ name, ...parseEntry(entry, name, file) }));
  let covered = 0;
  for (const { name, begin, end } of parsed.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      throw new SafetensorsError(file, `tensor ${name}: data_offsets begin at ${begin}, expected ${covered}`);
    }
    covered = end;
  }
  if (covered !== view.length - start) {
    throw new SafetensorsError(file, `tensors cover ${covered} bytes, the file holds ${view.length - start}`);
  }
  const tensors = new Map(
    parsed.map(({ name, dtype, shape, begin, end }) => [
      name,
      { shape, values: widen(view.subarray(start + begin, start + end), dtype) },
    ]),
  );
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseHeader(json: Buffer, file: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(json.toString('utf8'));
  } catch (cause) {
    throw new SafetensorsError(file, 'header is not JSON', { cause });
  }
  if (!isRecord(header)) {
    throw new SafetensorsError(file, 'header must be a JSON object');
  }
  return header;
}

function parseEntry(entry: unknown, name: string, file: string) {
  const fail = (problem: string) => new SafetensorsError(file, `tensor ${name}: ${problem}`);
  if (!isRecord(entry)) {
    throw fail('must be an object');
  }
  const { dtype, shape, data_offsets: offsets } = entry;
  const width = widths.get(dtype);
  if (typeof dtype !== 'string' || width === undefined) {
    throw fail(`dtype must be one of ${[...widths.keys()].join(', ')}, got ${JSON.stringify(dtype)}`);
  }
  if (!isSizes(shape)) {
    throw fail(`shape must be an array of sizes, got ${JSON.stringify(shape)}`);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw fail(`data_offsets must be two byte offsets, got ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const expected = shape.reduce((product, size) => product * size, width);
  if (end - begin !== expected) {
    throw fail(`data_offsets span ${end - begin} bytes, shape [${shape}] of ${dtype} needs ${expected}`);
  }
  return { dtype, shape, begin, end };
}

function widen(data: Buffer, dtype: string): Float32Array {
  const copy = Uint8Array.from(data).buffer;
  if (dtype === 'F32') {
    return new Float32Array(copy);
  }
  const halves = new Uint16Array(copy);
  if (dtype === 'BF16') {
    return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
  }
  return Float32Array.from(halves, fromHalf);
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) {
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  }
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
