import { constants } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SafetensorsError } from '../src/io/errors.js';
import { joined, readSafetensors, readStates, safetensorsPieces, writeSafetensors } from '../src/io/safetensors.js';

const vector = JSON.parse(readFileSync(new URL('vectors/io/reference_file.json', import.meta.url), 'utf8')) as {
  file: string;
  metadata: Record<string, string>;
  tensors: Record<string, { shape: number[]; values: (number | string)[] }>;
};

describe('a file of the reference implementation', () => {
  it('is read: float32, float16 and bfloat16 widened, metadata', () => {
    const { tensors, metadata } = readSafetensors(Buffer.from(vector.file, 'base64'), 'reference');
    expect(metadata).toEqual(vector.metadata);
    expect([...tensors.keys()].sort()).toEqual(Object.keys(vector.tensors).sort());
    for (const [name, { shape, values }] of Object.entries(vector.tensors)) {
      expect(tensors.get(name)!.shape, name).toEqual(shape);
      expect(tensors.get(name)!.values, name).toEqual(Float32Array.from(values, Number));
    }
  });
});

describe('a written file', () => {
  const tensors = new Map([
    ['b', { shape: [2, 2], values: Float32Array.of(1, -2, Number.NaN, 4) }],
    ['a', { shape: [], values: Float32Array.of(5) }],
    ['none', { shape: [0, 3], values: new Float32Array(0) }],
  ]);
  it('reads back to the bit, in the same order, with its metadata', () => {
    const read = readSafetensors(writeSafetensors(tensors, { note: 'kept' }), 'written');
    expect([...read.tensors]).toEqual([...tensors]);
    expect(read.metadata).toEqual({ note: 'kept' });
  });
  it('comes in pieces that copy no tensor, and may be more than a buffer holds', () => {
    const [header, ...data] = safetensorsPieces(tensors, { note: 'kept' });
    expect(data.map(({ buffer }) => buffer)).toEqual([...tensors.values()].map(({ values }) => values.buffer));
    const whole = writeSafetensors(tensors, { note: 'kept' });
    expect(Buffer.concat([header!, ...data]).equals(whole)).toBe(true);
    // No values: only their number of bytes is read.
    const values = { byteLength: 2 * constants.MAX_LENGTH, buffer: new ArrayBuffer(0), byteOffset: 0 };
    const large = new Map([['w', { shape: [1], values: values as unknown as Float32Array }]]);
    const first = safetensorsPieces(large).next().value as Uint8Array;
    expect(Buffer.from(first).toString()).toContain(`"data_offsets":[0,${2 * constants.MAX_LENGTH}]`);
  });
  it('fails in one buffer where that holds less, with both sizes and the way out', () => {
    const { MAX_LENGTH } = constants;
    // No bytes: only their number is read.
    expect(() => joined([{ length: 8 }, { length: MAX_LENGTH }] as Uint8Array[])).toThrow(
      new RangeError(
        `A file takes ${MAX_LENGTH + 8} bytes, and a buffer of Node.js ${process.version} holds at most ${MAX_LENGTH}: write it in pieces`,
      ),
    );
  });
  it('begins its data at a multiple of eight', () => {
    for (const name of ['x', 'xx', 'xxx', 'xxxx']) {
      const file = writeSafetensors(new Map([[name, { shape: [1], values: Float32Array.of(1) }]]));
      expect(Number(Buffer.from(file).readBigUInt64LE(0)) % 8).toBe(0);
    }
  });
});

describe('a malformed file is refused with its name and the field', () => {
  const file = (header: unknown, data = 8): Buffer => {
    const json = Buffer.isBuffer(header)
      ? header
      : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([length, json, Buffer.alloc(data)]);
  };
  const entry = (over: object = {}) => ({ dtype: 'F32', shape: [2], data_offsets: [0, 8], ...over });
  const tensor = (over: object) => file({ w: entry(over) });
  const cases: [string, Uint8Array, RegExp][] = [
    ['empty', new Uint8Array(0), /at least 8 bytes, got 0/],
    ['cut in the length', new Uint8Array(5), /at least 8 bytes, got 5/],
    ['cut in the header', file({}).subarray(0, 9), /header length 2 exceeds the file of 9 bytes/],
    ['a header longer than a file can be', new Uint8Array(16).fill(255), /header length 18446744073709551615 exceeds/],
    ['not JSON', file('{'), /header is not JSON/],
    ['a header that is no object', file('[1]'), /must be a JSON object/],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }, 0), /__metadata__/],
    ['an entry that is no object', file({ w: 3 }), /tensor w: must be an object/],
    [
      'a header above the limit',
      // The pages of an array that nobody writes to take no memory.
      file('', 100_000_001).fill(Uint8Array.of(1, 0xe1, 0xf5, 5, 0, 0, 0, 0), 0, 8),
      /header length 100000001 exceeds the limit of 100000000 bytes/,
    ],
    [
      'a header that is not UTF-8',
      file(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
      /header is not UTF-8/,
    ],
    ['a header nested without end', file('{"a":'.repeat(1e5)), /nested deeper than 3 levels/],
    ['arrays nested without end', file(`{"a":${'['.repeat(1e5)}`), /nested deeper than 3 levels/],
    ['a comment', file('{}//'), /header is not JSON/],
    ['half a character as name', file('{"\\ud800":{}}'), /header holds "\\ud800", which is not Unicode text/],
    [
      'a tensor named twice',
      file(`{"w":${JSON.stringify(entry())},"w":${JSON.stringify(entry())}}`),
      /tensor "w" is named twice/,
    ],
    [
      'a field named twice',
      file(`{"w":{"dtype":"F16",${JSON.stringify(entry()).slice(1)}}`),
      /field "dtype" is named twice/,
    ],
    [
      'a million tensors',
      file(`{${Array.from({ length: 1e6 }, (_, i) => `"t${i}":{}`)}}`),
      /names more than 100000 tensors/,
    ],
    ['a name of a million characters', file({ ['n'.repeat(1e6)]: 3 }), /tensor "n{76}…: must be an object/],
    ['an unknown dtype', tensor({ dtype: 'F33' }), /tensor w: dtype must be one of BOOL, F4, .*F32.*, got "F33"/],
    ['no dtype', tensor({ dtype: undefined }), /tensor w: dtype must be one of .*, got undefined/],
    [
      'values that are no weights',
      tensor({ dtype: 'I64', shape: [1] }),
      /tensor w: values of dtype I64 are not read, expected F32, F16, BF16/,
    ],
    ['half a byte', tensor({ dtype: 'F4', shape: [15] }), /tensor w: shape \[15\] of F4 is no whole number of bytes/],
    [
      'sizes whose product overflows',
      tensor({ shape: [2 ** 52, 2 ** 12] }),
      /tensor w: shape \[4503599627370496,4096\]/,
    ],
    [
      'an overflow hidden by a size of 0',
      tensor({ shape: [2 ** 52, 2 ** 12, 0], data_offsets: [0, 0] }),
      /tensor w: shape \[4503599627370496,4096,0\] of F32 is no whole number/,
    ],
    ['a size beyond any number', file('{"w":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}}'), /tensor w: shape/],
    ['a dtype that every object has', tensor({ dtype: 'toString' }), /tensor w: dtype/],
    ['a negative size', tensor({ shape: [-2] }), /tensor w: shape/],
    ['a fraction as size', tensor({ shape: [0.5] }), /tensor w: shape/],
    ['one offset', tensor({ data_offsets: [0] }), /tensor w: data_offsets must be two/],
    [
      'offsets that do not fit the shape',
      tensor({ shape: [3] }),
      /tensor w: data_offsets span 8 bytes, shape \[3\] of F32 needs 12/,
    ],
    ['offsets the wrong way round', tensor({ data_offsets: [8, 0] }), /tensor w: data_offsets span -8/],
    [
      'offsets past the end',
      file({ w: { dtype: 'F32', shape: [4], data_offsets: [0, 16] } }),
      /cover 16 bytes, the file holds 8/,
    ],
    [
      'bytes that no tensor owns',
      file({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }),
      /cover 4 bytes, the file holds 8/,
    ],
    [
      'a gap',
      file({ w: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }),
      /tensor w: data_offsets begin at 4, expected 0/,
    ],
    [
      'an overlap',
      file({
        v: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
        w: { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
      }),
      /tensor w: data_offsets begin at 4, expected 8/,
    ],
  ];
  it.each(cases)('%s', (_, bytes, message) => {
    const read = () => readSafetensors(bytes, 'model.safetensors');
    expect(read).toThrow(SafetensorsError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^model\.safetensors: /);
  });
});

describe('whole numbers of 64 bits', () => {
  const read = (...numbers: bigint[]) => {
    const header = Buffer.from(
      JSON.stringify({ places: { dtype: 'I64', shape: [numbers.length], data_offsets: [0, 8 * numbers.length] } }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const values = Buffer.from(BigInt64Array.from(numbers).buffer);
    return readStates(Buffer.concat([length, header, values]), 'adapter_model.safetensors').tensors.get('places');
  };

  it('are read in 32', () => {
    expect(read(0n, 7n, -1n, 2n ** 31n - 1n, -(2n ** 31n))).toEqual({
      shape: [5],
      values: Int32Array.of(0, 7, -1, 2 ** 31 - 1, -(2 ** 31)),
    });
  });

  it.each([2n ** 31n, -(2n ** 31n) - 1n, 2n ** 40n])('are refused where 32 do not hold them: %s', (number) => {
    expect(() => read(3n, number)).toThrow(
      'adapter_model.safetensors: tensor places: entry 1 is a whole number that 32 bits do not hold',
    );
  });
});
