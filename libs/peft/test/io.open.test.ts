import { mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SafetensorsError } from '../src/io/errors.js';
import { openSafetensors } from '../src/io/open.js';
import { writeSafetensors } from '../src/io/safetensors.js';
import { openWeights, weightFiles } from '../src/io/sharded.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
});
afterEach(() => rm(folder, { recursive: true }));

const tensor = (...values: number[]) => ({ shape: [values.length], values: Float32Array.from(values) });
const write = async (name: string, content: Uint8Array | string) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

describe('a file on disk', () => {
  it('gives what the reference implementation wrote, float16 and bfloat16 widened', async () => {
    const vector = JSON.parse(await readFile(new URL('vectors/io/reference_file.json', import.meta.url), 'utf8')) as {
      file: string;
      metadata: Record<string, string>;
      tensors: Record<string, { shape: number[]; values: (number | string)[] }>;
    };
    const path = await write('reference.safetensors', Buffer.from(vector.file, 'base64'));
    const { tensors, metadata } = await openSafetensors(path);
    expect(metadata).toEqual(vector.metadata);
    expect([...tensors.keys()].sort()).toEqual(Object.keys(vector.tensors).sort());
    for (const [name, { shape, values }] of Object.entries(vector.tensors)) {
      expect(tensors.get(name)!.shape, name).toEqual(shape);
      expect(tensors.get(name)!.values, name).toEqual(Float32Array.from(values, Number));
    }
  });

  it('is widened right across the pieces it is read in', async () => {
    // 3 MiB and one element more: bits i mod 2¹⁶, of which bfloat16 takes the upper half of a float32.
    const length = 3 * 2 ** 19 + 1;
    const bits = Uint16Array.from({ length }, (_, i) => i % 0x7f80);
    const header = JSON.stringify({ w: { dtype: 'BF16', shape: [length], data_offsets: [0, 2 * length] } });
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(header.length));
    const path = await write('wide.safetensors', Buffer.concat([start, Buffer.from(header), Buffer.from(bits.buffer)]));
    const stored = (await openSafetensors(path)).tensors.get('w')!;
    const expected = Buffer.alloc(4 * length);
    for (let i = 0; i < length; i++) expected.writeUInt16LE(bits[i]!, 4 * i + 2);
    expect(Buffer.from(stored.values.buffer).equals(expected)).toBe(true);
    const filled = new Float32Array(length);
    stored.fill(filled);
    expect(Buffer.from(filled.buffer).equals(expected)).toBe(true);
    // Some of them, from the middle of a piece to the middle of the next.
    const some = new Float32Array(2 ** 20);
    stored.read(some, 777);
    expect(Buffer.from(some.buffer).equals(expected.subarray(4 * 777, 4 * (777 + 2 ** 20)))).toBe(true);
  });

  it('is read tensor by tensor, each time anew', async () => {
    const path = await write(
      'w.safetensors',
      writeSafetensors(
        new Map([
          ['a', tensor(1)],
          ['b', tensor(2)],
        ]),
      ),
    );
    const { tensors } = await openSafetensors(path);
    const first = tensors.get('a')!.values;
    first[0] = 7;
    expect(tensors.get('a')!.values).toEqual(Float32Array.of(1));
  });

  it('is opened although it holds other types; only their values are refused', async () => {
    const header =
      '{"ids":{"dtype":"I64","shape":[1],"data_offsets":[4,12]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(header.length));
    const path = await write('ids.safetensors', Buffer.concat([start, Buffer.from(header), Buffer.alloc(12)]));
    const { tensors } = await openSafetensors(path);
    expect(tensors.get('ids')).toMatchObject({ dtype: 'I64', shape: [1] });
    expect(tensors.get('w')!.values).toEqual(Float32Array.of(0));
    expect(() => tensors.get('ids')!.values).toThrow(/ids\.safetensors: tensor ids: values of dtype I64 are not read/);
  });

  it.each([
    [
      'replaced',
      async (path: string) => rename(await write('other', writeSafetensors(new Map([['a', tensor(3)]]))), path),
    ],
    ['cut', (path: string) => truncate(path, 20)],
  ])('that is %s after it was opened is refused', async (_, change) => {
    const path = await write('w.safetensors', writeSafetensors(new Map([['a', tensor(1)]])));
    const { tensors } = await openSafetensors(path);
    await change(path);
    expect(() => tensors.get('a')!.values).toThrow(SafetensorsError);
    expect(() => tensors.get('a')!.values).toThrow(/w\.safetensors: the file changed after it was opened/);
  });

  it('is refused when it is read where its size is a lie that the disk agrees to', async () => {
    // A file of holes: 4 TiB that take no room on the disk.
    const bytes = 2 ** 42;
    const header = JSON.stringify({ w: { dtype: 'F32', shape: [bytes / 4], data_offsets: [0, bytes] } });
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(header.length));
    const path = await write('holes.safetensors', Buffer.concat([start, Buffer.from(header)]));
    await truncate(path, 8 + header.length + bytes);
    const { tensors } = await openSafetensors(path);
    expect(() => tensors.get('w')!.values).toThrow(/holes\.safetensors: tensor w: 1099511627776 values do not fit/);
  });

  it.each([
    ['empty', new Uint8Array(0), /at least 8 bytes, got 0/],
    ['cut in the header', Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0x7b]), /header length 9 exceeds the file of 9 bytes/],
  ])('%s is refused', async (_, content, message) => {
    const path = await write('bad.safetensors', content);
    await expect(openSafetensors(path)).rejects.toThrow(SafetensorsError);
    await expect(openSafetensors(path)).rejects.toThrow(message);
  });
});

describe('weights in several files', () => {
  const one = 'model-00001-of-00002.safetensors';
  const two = 'model-00002-of-00002.safetensors';
  const index = (map: unknown) => write('model.safetensors.index.json', JSON.stringify({ weight_map: map }));
  beforeEach(async () => {
    await write(one, writeSafetensors(new Map([['a', tensor(1, 2)]])));
    await write(
      two,
      writeSafetensors(
        new Map([
          ['b', tensor(3)],
          ['c', tensor(4)],
        ]),
      ),
    );
    await index({ a: one, b: two, c: two });
  });

  it('are one set of tensors', async () => {
    const { tensors } = await openWeights(folder);
    expect([...tensors].map(([name, { shape, values }]) => [name, shape, [...values]])).toEqual([
      ['a', [2], [1, 2]],
      ['b', [1], [3]],
      ['c', [1], [4]],
    ]);
    expect(await weightFiles(folder)).toEqual(['model.safetensors.index.json', one, two]);
  });

  it('give way to a single file', async () => {
    await write('model.safetensors', writeSafetensors(new Map([['z', tensor(9)]])));
    expect([...(await openWeights(folder)).tensors.keys()]).toEqual(['z']);
    expect(await weightFiles(folder)).toEqual(['model.safetensors']);
  });

  it.each([
    [
      'a tensor that is not there',
      { a: one, b: two, c: two, d: two },
      /00002\.safetensors: tensor "d" is missing; model/,
    ],
    ['a tensor in the wrong file', { a: one, b: one, c: two }, /00001-of-00002\.safetensors: tensor "b" is missing/],
    ['too few tensors', { a: one, b: two }, /00002\.safetensors: holds tensor "c", which model\.safetensors\.index/],
    ['a file that is not there', { a: 'gone.safetensors' }, /gone\.safetensors: is missing; model\.safetensors\.index/],
    ['a path out of the folder', { a: '../x.safetensors' }, /index\.json: weight_map\.a: expected the name of a safet/],
    ['an absolute path', { a: '/etc/passwd' }, /index\.json: weight_map\.a: expected the name of a safetensors file/],
    ['a number for a file', { a: 3 }, /index\.json: weight_map\.a: /],
    ['no map', undefined, /index\.json: weight_map: /],
  ])('with an index that names %s are refused', async (_, map, message) => {
    await index(map);
    await expect(openWeights(folder)).rejects.toThrow(SafetensorsError);
    await expect(openWeights(folder)).rejects.toThrow(message);
  });

  it('are refused where the index is not JSON', async () => {
    await write('model.safetensors.index.json', '{');
    await expect(openWeights(folder)).rejects.toThrow(/index\.json: is not JSON/);
  });

  it('are refused where neither file is there', async () => {
    await rm(join(folder, 'model.safetensors.index.json'));
    await expect(openWeights(folder)).rejects.toThrow(/neither model\.safetensors nor model\.safetensors\.index\.json/);
    expect(await weightFiles(folder)).toEqual([]);
  });
});
