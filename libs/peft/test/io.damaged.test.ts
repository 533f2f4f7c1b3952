import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SafetensorsError } from '../src/io/errors.js';
import { headerLength, parseHeader } from '../src/io/header.js';
import { readSafetensors, writeSafetensors } from '../src/io/safetensors.js';

type Verdict =
  | { file: string; refused: string }
  | { file: string; tensors: Record<string, { dtype: string; shape: number[]; bytes: string }> };

const damaged = JSON.parse(
  readFileSync(new URL('vectors/io/mutated_files.json', import.meta.url), 'utf8'),
) as Verdict[];

/** Tensors as the reference implementation gives them. */
function deserialize(bytes: Buffer) {
  const length = headerLength(bytes.subarray(0, 8), bytes.length, 'damaged');
  const { entries } = parseHeader(bytes.subarray(8, 8 + length), bytes.length, 'damaged');
  return Object.fromEntries(
    [...entries].map(([name, { dtype, shape, begin, end }]) => [
      name,
      { dtype, shape, bytes: bytes.subarray(begin, end).toString('base64') },
    ]),
  );
}

describe('a damaged file', () => {
  it('is taken or refused as by the reference implementation, with the same tensors', () => {
    expect(damaged.filter((entry) => 'tensors' in entry).length).toBeGreaterThan(10);
    for (const entry of damaged) {
      const bytes = Buffer.from(entry.file, 'base64');
      if ('refused' in entry) {
        expect(() => deserialize(bytes), `${entry.refused}: ${bytes}`).toThrow(SafetensorsError);
      } else {
        expect(deserialize(bytes), `${bytes}`).toEqual(entry.tensors);
      }
    }
  });
});

const plain = writeSafetensors(
  new Map([
    ['a', { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }],
    ['none', { shape: [0, 3], values: new Float32Array(0) }],
    ['b.c', { shape: [3], values: Float32Array.of(5, 6, 7) }],
  ]),
  { note: 'text' },
);
const reference = JSON.parse(readFileSync(new URL('vectors/io/reference_file.json', import.meta.url), 'utf8')) as {
  file: string;
};
const originals = [plain, Buffer.from(reference.file, 'base64')];

/** One change of a file: bytes taken out at a place, others put in; most often as many. */
const edit = fc.record({
  at: fc.nat(1000),
  takenOut: fc.option(fc.nat(3), { freq: 2 }),
  putIn: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc
      .constantFrom('0', '9', '-1', '1e99', '{', '}', '[', ']', '"', ',', 'BF16', '"a":1,', '\\u0000')
      .map((text) => Buffer.from(text)),
  ),
});
const mutated = fc.tuple(fc.constantFrom(...originals), fc.array(edit, { minLength: 1, maxLength: 3 }), fc.boolean());

interface Edit {
  at: number;
  takenOut: number | null;
  putIn: Uint8Array;
}

function mutate([original, edits, mendLength]: [Uint8Array, Edit[], boolean]): Buffer {
  let bytes = Buffer.from(original);
  const headerEnd = 8 + Number(bytes.readBigUInt64LE(0));
  let grown = 0;
  for (const { at, putIn, ...edit } of edits) {
    const place = at % (bytes.length + 1);
    const takenOut = edit.takenOut ?? putIn.length;
    if (place < headerEnd) grown += putIn.length - Math.min(takenOut, bytes.length - place);
    bytes = Buffer.concat([bytes.subarray(0, place), putIn, bytes.subarray(place + takenOut)]);
  }
  // Without this nearly every change of the header ends at its length.
  if (mendLength && bytes.length >= 8) bytes.writeBigUInt64LE(BigInt(Math.max(0, headerEnd - 8 + grown)), 0);
  return bytes;
}

/** Reads a valid file in the plainest way: JSON.parse, then each number by DataView. */
function plainly(bytes: Buffer): Map<string, { shape: number[]; values: number[] }> {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { dtype: 'F32' | 'F16' | 'BF16'; shape: number[]; data_offsets: [number, number] }
  >;
  const number = { F32: readFloat, F16: readHalf, BF16: readBrain };
  const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return new Map(
    tensors.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        const width = dtype === 'F32' ? 4 : 2;
        const values = Array.from({ length: (end - begin) / width }, (_, i) =>
          number[dtype](bytes, start + begin + i * width),
        );
        return [name, { shape, values }];
      },
    ),
  );
}
const readFloat = (bytes: Buffer, at: number) => bytes.readFloatLE(at);
const readBrain = (bytes: Buffer, at: number) => Buffer.from([0, 0, bytes[at]!, bytes[at + 1]!]).readFloatLE(0);
function readHalf(bytes: Buffer, at: number): number {
  const bits = bytes.readUInt16LE(at).toString(2).padStart(16, '0');
  const [sign, exponent, fraction] = [
    bits[0] === '1' ? -1 : 1,
    Number.parseInt(bits.slice(1, 6), 2),
    Number.parseInt(bits.slice(6), 2),
  ];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? (sign * fraction) / 2 ** 24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

describe('ten thousand mutated files', () => {
  it('give their values or a SafetensorsError, and nothing else', () => {
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(mutated.map(mutate), (bytes) => {
        let tensors: ReturnType<typeof readSafetensors>['tensors'];
        try {
          ({ tensors } = readSafetensors(bytes, 'mutated'));
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
          expect((error as Error).message).toMatch(/^mutated: .{5,300}$/);
          seen.refused++;
          return;
        }
        seen.read++;
        const read = new Map([...tensors].map(([name, { shape, values }]) => [name, { shape, values: [...values] }]));
        expect(read).toEqual(plainly(bytes));
      }),
      { numRuns: 10_000, seed: 1 },
    );
    // Both outcomes were met, and often.
    expect(seen.read).toBeGreaterThan(500);
    expect(seen.refused).toBeGreaterThan(5_000);
  });
});
