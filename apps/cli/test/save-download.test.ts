import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { saveDownload } from '../src/api/save-download.js';
import { exitCode } from '../src/exit-codes.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-save-'));
  file = join(folder, 'adapter.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

const [first, second] = [Buffer.from('first '), Buffer.from('second')];
const sha256 = createHash('sha256').update('first second').digest('hex');

/** A download of two parts; `between` runs once the first was read. */
const download = (between: () => Promise<void> | void) => {
  let part = 0;
  return new Response(
    new ReadableStream({
      async pull(controller) {
        part += 1;
        if (part === 1) return controller.enqueue(first);
        await between();
        controller.enqueue(second);
        controller.close();
      },
    }),
  );
};

describe('a download that is saved', () => {
  it('writes each part as it comes, and puts the whole in place of an earlier file at the end', async () => {
    await writeFile(file, 'earlier');
    const seen: string[] = [];
    const response = download(async () => {
      const untilWritten = async (): Promise<void> => {
        const names = (await readdir(folder)).sort();
        const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
        if (!texts.includes('first ')) return untilWritten();
        seen.push(...texts);
      };
      await untilWritten();
    });
    expect(await saveDownload(response, file, sha256)).toEqual({ bytes: 12, sha256 });
    expect(seen).toEqual(['earlier', 'first ']);
    expect(await readdir(folder)).toEqual(['adapter.safetensors']);
    expect(await readFile(file, 'utf8')).toBe('first second');
  });

  it('leaves an earlier file as it was, and nothing else, where it breaks off', async () => {
    await writeFile(file, 'earlier');
    const broken = download(() => {
      throw new Error('the connection was reset');
    });
    await expect(saveDownload(broken, file)).rejects.toMatchObject({
      message: `the download to ${file} broke off: the connection was reset; try again`,
      status: exitCode.unreachable,
    });
    expect(await readdir(folder)).toEqual(['adapter.safetensors']);
    expect(await readFile(file, 'utf8')).toBe('earlier');
  });

  it.each([
    [
      'in a folder that is not there',
      'absent/adapter.safetensors',
      'cannot be written (ENOENT): its folder must be there, open to you and with room; or name another file with --output',
    ],
    ['that is a folder', '', 'is a folder: name a file with --output'],
  ])('names a file %s, and what to do', async (_, name, message) => {
    const path = join(folder, name);
    const response = download(() => {});
    await expect(saveDownload(response, path)).rejects.toMatchObject({
      message: `${path} ${message}`,
      status: exitCode.usage,
    });
  });

  it('names a device without room', async () => {
    await expect(
      saveDownload(
        download(() => {}),
        '/dev/full',
      ),
    ).rejects.toMatchObject({
      message: expect.stringContaining('/dev/full cannot be written (ENOSPC)'),
      status: exitCode.usage,
    });
  });

  it('leaves nothing where it is interrupted, and ends as interrupted programs do', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const before = process.listenerCount('SIGINT');
    const response = download(async () => {
      await expect.poll(() => readdir(folder)).toHaveLength(1);
      process.listeners('SIGINT').at(-1)!('SIGINT');
      expect(await readdir(folder)).toEqual([]);
      throw new Error('over');
    });
    await expect(saveDownload(response, file)).rejects.toThrow('over');
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGINT']]);
    expect(process.listenerCount('SIGINT')).toBe(before);
    kill.mockRestore();
  });

  it('leaves no file where other bytes came than were asked for', async () => {
    const expected = 'a'.repeat(64);
    await expect(
      saveDownload(
        download(() => {}),
        file,
        expected,
      ),
    ).rejects.toThrow(`the download is damaged: its SHA-256 is ${sha256}, not ${expected}; try again`);
    expect(await readdir(folder)).toEqual([]);
  });
});
