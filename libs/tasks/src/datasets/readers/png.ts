/** @file A PNG of which no more is unpacked than its width and height say. */
import { constants, inflateSync } from 'node:zlib';
import { type DecodedPng, decode } from 'fast-png';
import { limits } from '../source.js';

const signatureBytes = 8;

/** Bytes of a chunk beside its data: length, name and checksum. */
const aroundChunk = 12;

/** Chunks that make the samples. The others say nothing that is used here, and some are packed as well. */
const used: readonly string[] = ['IHDR', 'PLTE', 'IDAT', 'IEND'];

/** Samples of a pixel by the type of colours that a header names. */
const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** The type of colours that are places of the palette; beside other types a palette is a suggestion for screens of few colours. */
const indexed = 3;

interface Chunk {
  name: string;
  data: Buffer;
  /** The data with what stands around them. */
  whole: Buffer;
}

/**
 * One number for each sample, also where the file packs several into a byte.
 *
 * @throws Error for a file that is cut off, has more pixels than are read, holds more data than it has pixels for, or is
 * interlaced with samples of fewer than 8 bits
 */
export function decodePng(bytes: Buffer): DecodedPng {
  const chunks = [...chunksOf(bytes)].filter(({ name }) => used.includes(name));
  const [header, ...others] = chunks;
  if (header?.name !== 'IHDR' || header.data.length !== 13) throw new Error('the file does not begin with a header');
  if (others.some(({ name }) => name === 'IHDR')) throw new Error('the file has two headers');
  const [width, height] = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  refuseLarge(width, height);
  const rowBytes = Math.ceil((width * header.data[8]! * (channels[header.data[9]!] ?? 0)) / 8);
  // Interlaced rows are fewer than 2 · height + 8, with a byte for the filter and one of bits that are left over each.
  const most = height * (rowBytes + 4) + 16;
  requireUnpacked(Buffer.concat(others.filter(({ name }) => name === 'IDAT').map(({ data }) => data)), most);
  const made = header.data[9] === indexed ? chunks : chunks.filter(({ name }) => name !== 'PLTE');
  refusePackedPasses(header.data[8]!, header.data[12]!);
  return unpack(decode(Buffer.concat([bytes.subarray(0, signatureBytes), ...made.map(({ whole }) => whole)])));
}

/** The decoder takes a sample of an interlaced image for a byte at least. */
function refusePackedPasses(depth: number, interlace: number): void {
  if (interlace === 0 || depth >= 8) return;
  const bits = `${depth} bit${depth === 1 ? '' : 's'}`;
  throw new Error(`it is interlaced and has ${bits} a sample, where 8 or 16 are read: save it without interlacing`);
}

/** The decoder leaves samples of fewer than 8 bits as they are packed: the first in the highest bits, each row in whole bytes. */
function unpack(png: DecodedPng): DecodedPng {
  const { width, height, channels, depth, data } = png;
  if (depth >= 8) return png;
  const inRow = width * channels;
  const rowBytes = Math.ceil((inRow * depth) / 8);
  const samples = Uint8Array.from({ length: inRow * height }, (_, index) => {
    const bit = (index % inRow) * depth;
    const byte = data[Math.floor(index / inRow) * rowBytes + (bit >> 3)]!;
    return (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  });
  return { ...png, data: samples };
}

function refuseLarge(width: number, height: number): void {
  if (width * height > limits.pixels) throw new Error(`${width} × ${height} is more than ${limits.pixels} pixels`);
}

function* chunksOf(bytes: Buffer): Generator<Chunk> {
  for (let at = signatureBytes; at < bytes.length; ) {
    const length = at + aroundChunk <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    const end = at + aroundChunk + length;
    if (end > bytes.length) throw new Error('the file is cut off');
    const name = bytes.toString('latin1', at + 4, at + 8);
    yield { name, data: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) };
    if (name === 'IEND') return;
    at = end;
  }
  throw new Error('the file is cut off');
}

/** Refuses packed data of more bytes; what else is wrong with them the decoder says. */
function requireUnpacked(packed: Buffer, most: number): void {
  try {
    inflateSync(packed, { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return;
    throw new Error(`its data are more than the ${most} bytes that its width and height say; save the image anew`, {
      cause,
    });
  }
}
