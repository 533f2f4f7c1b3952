import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { saveFolder } from '../src/api/save-folder.js';
import { exitCode } from '../src/exit-codes.js';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rankforge-folder-'));
  folder = join(parent, 'adapter');
});
afterEach(() => rm(parent, { recursive: true }));

async function archive(names: readonly string[]): Promise<Buffer> {
  const tar = pack();
  for (const name of names) tar.entry({ name }, `content of ${name}`);
  tar.finalize();
  return buffer(tar);
}

/** A download of these bytes; `between` runs when the first half was read. */
function download(bytes: Buffer, between: () => Promise<void> | void = () => {}): Response {
  const halves = [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)];
  let part = 0;
  return new Response(
    new ReadableStream({
      async pull(controller) {
        if (part === 1) await between();
        controller.enqueue(halves[part]!);
        part += 1;
        if (part === halves.length) controller.close();
      },
    }),
  );
}

const files = ['config.json', 'model.safetensors'];

describe('a download that becomes a folder', () => {
  it('appears once all has come', async () => {
    const bytes = await archive(files);
    const seen: string[][] = [];
    const saved = await saveFolder(
      download(bytes, async () => void seen.push(await readdir(parent))),
      folder,
    );
    expect(saved.map(({ name }) => name)).toEqual(files.map((name) => join(folder, name)));
    expect(seen).toEqual([[`adapter.${process.pid}.part`]]);
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe('content of config.json');
    expect(await readdir(parent)).toEqual(['adapter']);
  });

  it('leaves nothing where it breaks off', async () => {
    const broken = download(await archive(files), () => {
      throw new Error('the connection was reset');
    });
    await expect(saveFolder(broken, folder)).rejects.toMatchObject({
      message: 'the download broke off: the connection was reset; try again',
      status: exitCode.unreachable,
    });
    expect(await readdir(parent)).toEqual([]);
  });

  it('leaves nothing where it is interrupted, and ends as interrupted programs do', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const before = process.listenerCount('SIGINT');
    const response = download(await archive(files), async () => {
      process.listeners('SIGINT').at(-1)!('SIGINT');
      expect(await readdir(parent)).toEqual([]);
      throw new Error('over');
    });
    // The connection ends it, or the folder of the next file, which is gone.
    await expect(saveFolder(response, folder)).rejects.toThrow('the download broke off');
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGINT']]);
    expect(process.listenerCount('SIGINT')).toBe(before);
    kill.mockRestore();
  });

  it('tells a place that cannot be written from a download that broke off, and keeps a folder that is there', async () => {
    const file = join(parent, 'file');
    await writeFile(file, '');
    await expect(saveFolder(download(await archive(files)), join(file, 'adapter'))).rejects.toMatchObject({
      message: expect.stringContaining('adapter cannot be written (ENOTDIR): '),
      status: exitCode.usage,
    });
    await rm(file);
    await mkdir(folder);
    await expect(saveFolder(download(await archive(files)), folder)).rejects.toMatchObject({ status: exitCode.usage });
    expect(await readdir(parent)).toEqual(['adapter']);
  });
});
