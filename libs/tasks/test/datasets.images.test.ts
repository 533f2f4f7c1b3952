/** @file Data sets of images: folders with a folder for each class. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { DatasetMapping } from '@rankforge/contracts';
import { encode as encodePng } from 'fast-png';
import jpeg from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { readImages } from '../src/datasets/readers/images.js';
import { importDataset, readDataset, taskOfDataset } from '../src/index.js';
import { encode } from './support/bytes.js';
import { byHash, useFolder } from './support/dataset-files.js';

const files = useFolder();

describe('images', () => {
  const mapping = DatasetMapping.parse({ objective: 'image-classification', channels: 1 });
  const reading = (path: string, channels: 1 | 3 = 1) =>
    importDataset({
      source: { path, name: 'digits' },
      format: 'images',
      mapping: { ...mapping, channels } as typeof mapping,
      split: byHash,
    });
  const png = (value: number, width = 4) =>
    encodePng({ width, height: 4, channels: 1, depth: 8, data: new Uint8Array(4 * width).fill(value) });

  const chunk = (name: string, data: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(name, 'latin1'), data, Buffer.alloc(4)]);
  };
  /** The signature and the header. */
  const headerEnd = 33;
  /** A grey pixel whose data are so many zeros. */
  const bomb = (bytes: number) =>
    Buffer.concat([
      encodePng({ width: 1, height: 1, channels: 1, depth: 8, data: new Uint8Array(1) }).subarray(0, headerEnd),
      chunk('IDAT', deflateSync(new Uint8Array(bytes))),
      chunk('IEND', new Uint8Array()),
    ]);

  const grey = 0;
  const indexed = 3;
  /** A PNG whose rows are lists of samples, packed by hand; fast-png writes 8 bits and more alone. */
  const packed = (
    rows: readonly (readonly number[])[],
    { depth, type, interlaced = false }: { depth: number; type: number; interlaced?: boolean },
    palette: readonly (readonly number[])[] = [],
  ) => {
    const header = Buffer.from([0, 0, 0, rows[0]!.length, 0, 0, 0, rows.length, depth, type, 0, 0, Number(interlaced)]);
    const lines = rows.map((row) => {
      const bits = row.map((sample) => sample.toString(2).padStart(depth, '0')).join('');
      return [0, ...bits.match(/.{1,8}/g)!.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2))];
    });
    return Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', header),
      ...(palette.length > 0 ? [chunk('PLTE', Uint8Array.from(palette.flat()))] : []),
      chunk('IDAT', deflateSync(Uint8Array.from(lines.flat()))),
      chunk('IEND', new Uint8Array()),
    ]);
  };

  async function folderOf(name: string, contents: Record<string, Uint8Array>): Promise<string> {
    const root = files.at(name);
    await mkdir(root);
    for (const [path, bytes] of Object.entries(contents)) {
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), bytes);
    }
    return root;
  }
  const plain = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i % 2 ? 'odd' : 'even'}/${i}.png`, png(i)]));

  it('refuses images that take more room unpacked than all may, however small the file is', async () => {
    const path = files.at('many');
    await mkdir(join(path, 'a'), { recursive: true });
    for (let index = 0; index < 4; index++) await writeFile(join(path, 'a', `${index}.png`), png(0));
    const read = async (imageSamples: number) => {
      const found: string[] = [];
      for await (const { where } of readImages({ path, name: 'digits' }, 3, { imageSamples })) found.push(where);
      return found;
    };
    expect(await read(4 * 48)).toHaveLength(4);
    await expect(read(4 * 48 - 1)).rejects.toThrow(
      'a/3.png: is one image too many: of 4 × 4 with 3 channels at most 3 are read',
    );
  });

  it('become examples by class, in 0 … 1, and equal ones stay on one side', async () => {
    const path = await folderOf('plain', { ...plain(40), 'odd/again.png': png(3), 'even/again.png': png(4) });
    const imported = await reading(path);
    expect(imported.head).toMatchObject({ classes: ['even', 'odd'], image: { height: 4, width: 4, channels: 1 } });
    expect(imported.report.duplicates).toMatchObject({ search: 'exact', examples: 2, acrossSplits: 0 });
    const out = files.at('plain.jsonl');
    await importDataset({ source: { path, name: 'digits' }, format: 'images', mapping, split: byHash }, out);
    const data = await taskOfDataset({ name: 'd', head: imported.head, sha256: '', source: '' }, out).load({
      encode,
      sequenceLength: 1,
    });
    const { pixels, targets } = data.train.batch([0, 1]);
    expect(pixels).toHaveLength(2 * 16);
    expect([0, 1]).toContain(targets[0]);
    expect(Math.round(pixels![0]! * 255) % 2).toBe(targets[0]);
  });

  it('become grey by luma where they have colour, and may be JPEG', async () => {
    const red = encodePng({
      width: 4,
      height: 4,
      channels: 3,
      depth: 8,
      data: Uint8Array.from({ length: 48 }, (_, i) => (i % 3 === 0 ? 200 : 0)),
    });
    const grey = jpeg.encode({ width: 4, height: 4, data: Buffer.alloc(64, 90) }, 100).data;
    const path = await folderOf('colour', { ...plain(40), 'even/red.png': red, 'even/grey.jpg': grey });
    const out = files.at('colour.jsonl');
    await importDataset({ source: { path, name: 'c' }, format: 'images', mapping, split: byHash }, out);
    const found = new Map<string, number>();
    for await (const line of readDataset(out)) {
      if ('row' in line) found.set(line.row, Buffer.from(line.pixels!, 'base64')[0]!);
    }
    expect(found.get('even/red.png')).toBe(Math.round(0.299 * 200));
    expect(Math.abs(found.get('even/grey.jpg')! - 90)).toBeLessThanOrEqual(1);
  });

  it.each([1, 2, 4])('have the pixels of the 8-bit picture at %i bits a sample', async (depth) => {
    // Seven pixels of each depth end within a byte.
    const levels = 2 ** depth;
    const samples = [3, 7].map((factor) => Array.from({ length: 7 }, (_, column) => (factor * column + 1) % levels));
    const palette = Array.from({ length: levels }, (_, index) => [17 * index, 255 - 9 * index, (40 * index) % 256]);
    const inEightBits = samples.map((row) => row.map((sample) => (sample * 255) / (levels - 1)));
    const path = await folderOf(`depth-${depth}`, {
      'grey/eight.png': packed(inEightBits, { depth: 8, type: grey }),
      'grey/few.png': packed(samples, { depth, type: grey }),
      'indexed/eight.png': packed(samples, { depth: 8, type: indexed }, palette),
      'indexed/few.png': packed(samples, { depth, type: indexed }, palette),
    });
    const pixels = new Map<string, number[]>();
    for await (const image of readImages({ path, name: 'digits' }, 3)) pixels.set(image.where, [...image.pixels]);
    expect(pixels.get('grey/few.png')).toEqual(inEightBits.flat().flatMap((value) => [value, value, value]));
    expect(pixels.get('grey/few.png')).toEqual(pixels.get('grey/eight.png'));
    expect(pixels.get('indexed/few.png')).toEqual(samples.flat().flatMap((index) => palette[index]!));
    expect(pixels.get('indexed/few.png')).toEqual(pixels.get('indexed/eight.png'));
  });

  it('have their own colours where a palette is only suggested beside them', async () => {
    const colours = [200, 0, 10, 0, 1, 200];
    const own = encodePng({ width: 2, height: 1, channels: 3, depth: 8, data: Uint8Array.from(colours) });
    const suggested = chunk('PLTE', new Uint8Array(3 * 256).fill(9));
    const path = await folderOf('suggested', {
      'a/x.png': Buffer.concat([own.subarray(0, headerEnd), suggested, own.subarray(headerEnd)]),
    });
    for await (const { pixels } of readImages({ path, name: 'digits' }, 3)) expect([...pixels]).toEqual(colours);
  });

  it.each<[string, Record<string, Uint8Array>, RegExp]>([
    ['another size', { 'odd/x.png': png(1, 5) }, /^digits, odd\/x.png: is 5 × 4, while even\/0.png is 4 × 4/],
    [
      'a file that is no image',
      { 'odd/notes.txt': Buffer.from('hello') },
      /^digits, odd\/notes.txt: neither PNG nor JPEG$/,
    ],
    [
      'a PNG of one pixel whose data are megabytes',
      { 'odd/x.png': bomb(4_000_000) },
      /^digits, odd\/x.png: cannot be read: its data are more than the 21 bytes that its width and height say/,
    ],
    [
      'an interlaced image of few bits',
      { 'odd/x.png': packed([[1, 0, 1, 0]], { depth: 1, type: grey, interlaced: true }) },
      /^digits, odd\/x.png: cannot be read: it is interlaced and has 1 bit a sample.*save it without interlacing/,
    ],
    [
      'a colour that its palette lacks',
      { 'odd/x.png': packed([[0, 3]], { depth: 2, type: indexed }, [[1, 2, 3]]) },
      /^digits, odd\/x.png: cannot be read: a pixel has colour 3, while its palette has colours 0 to 0/,
    ],
    ['an image that is cut off', { 'odd/x.png': png(1).subarray(0, 40) }, /^digits, odd\/x.png: cannot be read/],
    [
      'a small file that says it is huge',
      {
        'odd/x.png': (() => {
          const bytes = Buffer.from(png(1));
          bytes.writeUInt32BE(1_000_000, 16);
          return bytes;
        })(),
      },
      /^digits, odd\/x.png: cannot be read: 1000000 × 4 is more than/,
    ],
  ])('refuses %s and names it', async (name, more, message) => {
    await expect(reading(await folderOf(name.replaceAll(' ', '-'), { ...plain(40), ...more }))).rejects.toThrow(
      message,
    );
  });

  it('unpacks no colour profile, of which nothing is made', async () => {
    const own = png(1);
    const damaged = chunk('iCCP', Buffer.from('name\0\0not packed', 'latin1'));
    const profiled = Buffer.concat([own.subarray(0, headerEnd), damaged, own.subarray(headerEnd)]);
    const { report } = await reading(await folderOf('profile', { ...plain(40), 'odd/x.png': profiled }));
    expect(report.duplicates).toMatchObject({ examples: 1 });
  });

  it('refuses an empty class and a folder without classes', async () => {
    const path = await folderOf('empty', plain(40));
    await mkdir(join(path, 'none'));
    await expect(reading(path)).rejects.toThrow(
      'digits, none: the class is empty; put images into the folder or remove it',
    );
    await expect(reading(await folderOf('flat', {}))).rejects.toThrow(
      'digits: holds no folder; expected one folder per class',
    );
  });
});
