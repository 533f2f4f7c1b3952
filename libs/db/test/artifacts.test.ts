import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactStore } from '../src/index.js';

// printf 'abc' | sha256sum
const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

let folder: string;
let store: ArtifactStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-artifacts-'));
  store = new ArtifactStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('names bytes by their SHA-256, stores equal bytes once, and leaves no temporary file', async () => {
  const stored = await Promise.all(Array.from({ length: 5 }, () => store.put(Buffer.from('abc'))));
  expect(stored).toEqual(Array.from({ length: 5 }, () => ({ sha256: abc, bytes: 3 })));
  expect(await readdir(join(folder, 'ba'))).toEqual([abc]);
  expect((await store.read(abc)).toString()).toBe('abc');
  expect(await store.size(abc)).toBe(3);
});

it('stores a stream under the same name, and nothing of one that fails', async () => {
  async function* parts(fails = false) {
    yield Buffer.from('a');
    yield Buffer.from('bc');
    if (fails) throw new Error('cut off');
  }
  expect(await store.putStream(parts())).toEqual({ sha256: abc, bytes: 3 });
  expect((await store.read(abc)).toString()).toBe('abc');
  const before = await readdir(folder);
  await expect(store.putStream(parts(true))).rejects.toThrow('cut off');
  expect(await readdir(folder)).toEqual(before);
  expect(before.filter((name) => name.startsWith('.'))).toEqual([]);
});

it('refuses bytes that were changed on disk', async () => {
  const { sha256 } = await store.put(Buffer.from('whole'));
  await writeFile(join(folder, sha256.slice(0, 2), sha256), 'whale');
  await expect(store.read(sha256)).rejects.toThrow(`artifact ${sha256} is damaged`);
});

it('says that an artifact is missing', async () => {
  const missing = '0'.repeat(64);
  await expect(store.read(missing)).rejects.toThrow(`artifact ${missing} cannot be read`);
  await expect(store.locate(missing)).rejects.toThrow(`artifact ${missing} cannot be read`);
  expect(await store.size(missing)).toBeUndefined();
  await store.remove(missing);
});

it('stores nothing where its folder is missing, and makes the folder when it is asked to', async () => {
  const away = new ArtifactStore(join(folder, 'disk', 'artifacts'));
  await expect(away.put(Buffer.from('abc'))).rejects.toMatchObject({ code: 'ENOENT' });
  async function* stream() {
    yield Buffer.from('abc');
  }
  await expect(away.putStream(stream())).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readdir(folder)).not.toContain('disk');
  await away.prepare();
  expect(await away.put(Buffer.from('abc'))).toEqual({ sha256: abc, bytes: 3 });
  expect(await away.locate(abc)).toBe(join(folder, 'disk', 'artifacts', 'ba', abc));
});

describe('an artifact that is read piece by piece', () => {
  /** Bytes of a file that is read in several pieces. */
  const bytes = Buffer.alloc(200_000, 'piece');
  /** Reads to the end of a stream: the bytes that came, and how it ended. */
  async function received(stream: AsyncIterable<Buffer>): Promise<{ bytes: number; failure?: string }> {
    let got = 0;
    try {
      for await (const piece of stream) got += piece.length;
      return { bytes: got };
    } catch (error) {
      return { bytes: got, failure: (error as Error).message };
    }
  }

  it('comes whole, as one without bytes does', async () => {
    const { sha256 } = await store.put(bytes);
    expect((await buffer(await store.stream(sha256, bytes.length))).equals(bytes)).toBe(true);
    const empty = await store.put(Buffer.alloc(0));
    expect(await received(await store.stream(empty.sha256, 0))).toEqual({ bytes: 0 });
  });

  it('fails before its last piece where its bytes are not those that were stored', async () => {
    const { sha256 } = await store.put(bytes);
    await writeFile(store.pathOf(sha256), Buffer.alloc(bytes.length, 'other'));
    const { bytes: got, failure } = await received(await store.stream(sha256, bytes.length));
    expect(failure).toMatch(`artifact ${sha256} is damaged: its bytes hash to `);
    expect(got).toBeLessThan(bytes.length);
  });

  it('refuses a file that is missing or was cut', async () => {
    const { sha256 } = await store.put(bytes);
    await writeFile(store.pathOf(sha256), 'cut');
    await expect(store.stream(sha256, bytes.length)).rejects.toThrow(
      `artifact ${sha256} is damaged: it has 3 bytes, and ${bytes.length} were stored`,
    );
    await store.remove(sha256);
    await expect(store.stream(sha256, bytes.length)).rejects.toThrow(
      `artifact ${sha256} cannot be read from ${folder}`,
    );
  });
});

it.each(['../../etc/passwd', `${'a'.repeat(63)}/`, abc.toUpperCase(), ''])('makes no path of %j', async (name) => {
  await expect(store.read(name)).rejects.toThrow('is not the name of an artifact');
  await expect(store.remove(name)).rejects.toThrow('is not the name of an artifact');
});
