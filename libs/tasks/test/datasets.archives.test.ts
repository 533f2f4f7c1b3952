/** @file Images in archives: the same as the folder they were made of; what leads out of it, is a link or a bomb is refused. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DatasetMapping, DatasetSplit } from '@rankforge/contracts';
import { encode as encodePng } from 'fast-png';
import { type Headers, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ZipEntry, zip } from '../../../test/support/zip.js';
import { unpack } from '../src/datasets/readers/archive.js';
import { importDataset, inspectDataset } from '../src/index.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archives-'));
});
afterEach(() => rm(folder, { recursive: true }));

const png = (value: number) =>
  encodePng({ width: 4, height: 4, channels: 1, depth: 8, data: new Uint8Array(16).fill(value) });
/** Forty images of two classes. */
const images = new Map(Array.from({ length: 40 }, (_, i) => [`${i % 2 ? 'odd' : 'even'}/${i}.png`, png(i)]));

const mapping = DatasetMapping.parse({ objective: 'image-classification', channels: 1 });
const split = DatasetSplit.parse({ by: 'hash' });
const sourceOf = (path: string) => ({ path, name: 'digits', scratch: join(folder, 'scratch') });

/** The data set as it is kept. */
async function kept(path: string): Promise<string> {
  const out = join(folder, 'kept.jsonl');
  await importDataset({ source: sourceOf(path), format: 'images', mapping, split }, out);
  const lines = await readFile(out, 'utf8');
  await rm(out);
  return lines;
}

async function written(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function folderOf(name: string, contents: ReadonlyMap<string, Uint8Array>): Promise<string> {
  for (const [path, bytes] of contents) {
    await mkdir(dirname(join(folder, name, path)), { recursive: true });
    await writeFile(join(folder, name, path), bytes);
  }
  return join(folder, name);
}

const entriesOf = (contents: ReadonlyMap<string, Uint8Array>, outer = ''): ZipEntry[] =>
  [...contents].map(([name, content]) => ({ name: `${outer}${name}`, content }));

async function tarOf(entries: readonly [Headers, (string | Buffer)?][]): Promise<Buffer> {
  const archive = pack();
  for (const [header, content] of entries) archive.entry(header, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('an archive of images', () => {
  it.each<[string, () => Promise<string> | string]>([
    ['zip', () => written('d.zip', zip(entriesOf(images)))],
    ['zip of the folder itself', () => written('d.zip', zip(entriesOf(images, 'digits/')))],
    [
      'zip with folders, and with what systems add',
      () =>
        written(
          'd.zip',
          zip([
            { name: 'even/', content: Buffer.alloc(0), mode: 0o040755 },
            { name: 'even/.DS_Store', content: Buffer.from('x') },
            { name: '__MACOSX/even/._0.png', content: Buffer.from('x') },
            ...entriesOf(images),
          ]),
        ),
    ],
    ['zip without modes', () => written('d.zip', zip(entriesOf(images).map((entry) => ({ ...entry, mode: 0 }))))],
    [
      'tar as tar writes it',
      async () => {
        execFileSync('tar', ['-cf', join(folder, 'd.tar'), '-C', await folderOf('digits', images), '.']);
        return join(folder, 'd.tar');
      },
    ],
    [
      'tar.gz of the folder itself',
      async () => {
        await folderOf('digits', images);
        execFileSync('tar', ['-czf', join(folder, 'd.tgz'), '-C', folder, 'digits']);
        return join(folder, 'd.tgz');
      },
    ],
  ])('(%s) gives what the folder gives', async (_, make) => {
    const expected = await kept(await folderOf('plain', images));
    const path = await make();
    expect(await kept(path)).toBe(expected);
    expect(existsSync(join(folder, 'scratch'))).toBe(false);
    expect(await inspectDataset(sourceOf(path), 'images')).toEqual({ columns: ['even', 'odd'], rows: [] });
    expect(existsSync(join(folder, 'scratch'))).toBe(false);
  });

  it('names the file in it that cannot be used', async () => {
    const path = await written('d.zip', zip([...entriesOf(images), { name: 'odd/a.txt', content: Buffer.from('x') }]));
    await expect(kept(path)).rejects.toMatchObject({
      field: '/file',
      message: 'digits, odd/a.txt: neither PNG nor JPEG',
    });
  });
});

describe('what is refused', () => {
  const evil = { name: 'even/x.png', content: png(1) };
  const plain = (name: string): [Headers, Buffer] => [{ name }, Buffer.from(png(1))];
  const cases: [string, () => Promise<Buffer> | Buffer, RegExp][] = [
    ['a zip entry above the archive', () => zip([{ ...evil, name: '../evil.png' }]), /\.\.\/evil\.png/],
    ['a zip entry that goes up in the middle', () => zip([{ ...evil, name: 'a/../../evil.png' }]), /evil\.png/],
    ['an absolute zip entry', () => zip([{ ...evil, name: '/tmp/evil.png' }]), /absolute path: \/tmp\/evil\.png/],
    ['a zip entry of a drive', () => zip([{ ...evil, name: 'C:/evil.png' }]), /absolute path: C:/],
    ['a zip entry that is a link', () => zip([{ ...evil, mode: 0o120777 }]), /even\/x\.png: is a link or a device/],
    ['a zip entry that is a device', () => zip([{ ...evil, mode: 0o020666 }]), /is a link or a device/],
    ['an encrypted zip entry', () => zip([{ ...evil, flags: 1 }]), /even\/x\.png: is encrypted/],
    ['two zip entries of one name', () => zip([evil, evil]), /even\/x\.png: is there twice/],
    ['a file where a folder is', () => zip([evil, { ...evil, name: 'even' }]), /even: is there twice/],
    ['a zip that says less than comes', () => zip([{ ...evil, statedBytes: 3 }]), /too many bytes/],
    ['a zip that says more than comes', () => zip([{ ...evil, statedBytes: 5000 }]), /not enough bytes/],
    ['a zip that is cut off', () => zip(entriesOf(images)).subarray(0, 900), /cannot be unpacked: /],
    ['an empty zip', () => zip([]), /holds no folder/],
    ['a tar entry above the archive', () => tarOf([plain('../evil.png')]), /\.\.\/evil\.png: is not a path of plain/],
    ['an absolute tar entry', () => tarOf([plain('/tmp/evil.png')]), /\/tmp\/evil\.png: is not a path of plain/],
    ['a backslash', () => tarOf([plain('even\\..\\evil.png')]), /is not a path of plain/],
    [
      'a tar entry that is a link',
      () => tarOf([[{ name: 'even/x', type: 'symlink', linkname: '/etc/passwd' }]]),
      /even\/x: is a symlink; only plain files and folders are unpacked/,
    ],
    [
      'a folder that is a link, and a file through it',
      () => tarOf([[{ name: 'even', type: 'symlink', linkname: '..' }], plain('even/evil.png')]),
      /even: is a symlink/,
    ],
    [
      'a tar entry that is a hard link',
      () => tarOf([[{ name: 'even/x', type: 'link', linkname: '/etc/passwd' }]]),
      /even\/x: is a link;/,
    ],
    [
      'a tar entry that is a device',
      () => tarOf([[{ name: 'even/x', type: 'character-device' }]]),
      /even\/x: is a character-device;/,
    ],
    ['two tar entries of one name', () => tarOf([plain('even/x.png'), plain('even/x.png')]), /is there twice/],
    ['a deep path', () => tarOf([plain('a/b/c/d/e/f/g/h/i.png')]), /lies more than 8 folders deep/],
    [
      'a tar.gz that is cut off',
      async () => gzipSync(await tarOf([plain('even/x.png'), plain('odd/x.png')])).subarray(0, 100),
      /cannot be unpacked: /,
    ],
    ['gzip of something else', () => gzipSync(Buffer.from('hello')), /cannot be unpacked: |holds no folder/],
    ['no archive', () => Buffer.from('hello'), /^digits: neither a \.zip, a \.tar nor a \.tar\.gz$/],
    ['an empty file', () => Buffer.alloc(0), /^digits: neither a \.zip/],
  ];

  it.each(cases)('%s', async (_, make, message) => {
    const path = await written('bad', await make());
    const failed = kept(path);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toMatchObject({ name: 'DatasetError', field: '/file' });
    // Nothing of it is left, in the scratch folder or beside it.
    expect(await readdir(folder)).toEqual(['bad']);
    expect(existsSync('/tmp/evil.png')).toBe(false);
  });

  // Whether the bytes end or the folder of an entry is made first is chance: many cuts, several times.
  it.each(['tar', 'gzip'])('a %s that is cut off anywhere', async (kind) => {
    const tar = await tarOf(['even/x.png', 'odd/x.png'].map((name) => [{ name }, randomBytes(700)]));
    const whole = kind === 'tar' ? tar.subarray(0, 512 + 1024 + 512 + 700) : gzipSync(tar);
    for (let cut = kind === 'tar' ? 262 : 18; cut < whole.length; cut += 29) {
      const path = await written('cut', whole.subarray(0, cut));
      await Promise.all(
        ['a', 'b', 'c'].map((out) =>
          expect(unpack({ path, name: 'digits' }, join(folder, `${cut}${out}`)), `${cut} bytes`).rejects.toThrow(
            /^digits: cannot be unpacked: unexpected end of /i,
          ),
        ),
      );
    }
  });

  const bounds = { archiveEntries: 10, archiveDepth: 8, unpackedBytes: 2 ** 20 };
  /** A header of pax attributes that says to be so long, and zeros behind it. A reader keeps it whole until its file comes. */
  const attributes = (bytes: number) => {
    const header = Buffer.alloc(512);
    header.write('attributes');
    header.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124);
    header.write('x', 156);
    header.write('ustar\u000000', 257);
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return Buffer.concat([header, Buffer.alloc(bytes)]);
  };
  const zeros = Buffer.alloc(2 ** 22);
  it.each<[string, () => Promise<Buffer> | Buffer, RegExp]>([
    ['a zip bomb', () => zip([{ name: 'even/0.png', content: zeros }]), /even\/0\.png: more than 1 MiB when unpacked/],
    [
      'a bomb of many files',
      () => zip(Array.from({ length: 9 }, (_, i) => ({ name: `a/${i}`, content: zeros.subarray(0, 2 ** 17) }))),
      /a\/8: more than 1 MiB when unpacked/,
    ],
    ['a tar.gz bomb', async () => gzipSync(await tarOf([[{ name: 'a/0.png' }, zeros]])), /more than 1 MiB/],
    [
      'a tar.gz whose attributes are the bomb',
      () => gzipSync(attributes(2 ** 24)),
      /more than 8 MiB of it are the content of no file/,
    ],
    ['a tar.gz of padding alone', () => gzipSync(Buffer.concat([zeros, zeros])), /more than 1 MiB when unpacked/],
  ])('%s', async (_, make, message) => {
    const path = await written('bomb', await make());
    const target = join(folder, 'out');
    const most = String(message).includes('no file') ? { ...bounds, unpackedBytes: 2 ** 28 } : bounds;
    await expect(unpack({ path, name: 'digits' }, target, most)).rejects.toThrow(message);
    let bytes = 0;
    for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) bytes += (await readFile(join(entry.parentPath, entry.name))).length;
    }
    expect(bytes).toBeLessThanOrEqual(bounds.unpackedBytes);
  });

  const many = () => tarOf(Array.from({ length: 11 }, (_, i) => plain(`a/${i}`)));
  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ['zip', () => zip(entriesOf(images))],
    ['tar', many],
    ['tar.gz', async () => gzipSync(await many())],
    [
      'tar of folders',
      () => tarOf(Array.from({ length: 11 }, (_, i) => [{ name: `f${i}`, type: 'directory' as const }])),
    ],
  ])('refuses a %s of more entries than allowed before any is written', async (_, make) => {
    const path = await written('many', await make());
    const target = join(folder, 'out');
    await expect(unpack({ path, name: 'digits' }, target, bounds)).rejects.toThrow(
      /^digits: more than 10 files and folders$/,
    );
    expect(await readdir(target)).toEqual([]);
  });
});
