import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UploadFolder } from '../src/uploads/upload-folder.js';

let root: string;
let problems: string[];
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'rankforge-uploads-')), 'uploads');
  problems = [];
});
afterEach(() => rm(dirname(root), { recursive: true }));

const open = () => UploadFolder.open({ root, staleMs: 60_000, log: (problem) => problems.push(problem) });
const longAgo = new Date(Date.now() - 2 * 3_600_000);

/** What an API left that was killed: an upload, half unpacked. */
async function left(name: string, { signed }: { signed: boolean }): Promise<void> {
  await mkdir(join(root, name, 'upload.unpacked', 'cats'), { recursive: true });
  await writeFile(join(root, name, 'upload.unpacked', 'cats', '1.png'), 'x');
  if (!signed) return utimes(join(root, name), longAgo, longAgo);
  await mkdir(join(root, `${name}.lock`));
  await utimes(join(root, `${name}.lock`), longAgo, longAgo);
}

it('removes what an API left that gives no sign of life, and nothing of those that do', async () => {
  const [mine, other] = [await open(), await open()];
  const [myFile, otherFile] = [await mine.newPath(), await other.newPath()];
  await Promise.all([myFile, otherFile].map((path) => writeFile(path, 'half')));
  // However long ago the upload began: its API lives.
  await utimes(dirname(otherFile), longAgo, longAgo);
  await left('killed', { signed: true });
  await left('before-signs', { signed: false });
  await writeFile(join(root, 'of-an-earlier-version'), 'may be in use');
  expect((await mine.collect()).sort()).toEqual(['before-signs', 'killed']);
  expect(await mine.collect()).toEqual([]);
  const kept = [dirname(myFile), dirname(otherFile)].map((path) => basename(path));
  expect((await readdir(root)).sort()).toEqual(
    [...kept, ...kept.map((name) => `${name}.lock`), 'of-an-earlier-version'].sort(),
  );
  expect(await readdir(dirname(otherFile))).toEqual([basename(otherFile)]);
  await other.close();
  await mine.close();
  expect(await readdir(root)).toEqual(['of-an-earlier-version']);
  expect(problems).toEqual([]);
});

it('says that its sign of life is lost, and goes on', async () => {
  const mine = await UploadFolder.open({ root, staleMs: 4000, log: (problem) => problems.push(problem) });
  const file = await mine.newPath();
  await rm(dirname(file), { recursive: true });
  await rm(`${dirname(file)}.lock`, { recursive: true });
  await expect.poll(() => problems.length).toBe(1);
  expect(problems[0]).toContain(`the sign of life of ${dirname(file)} cannot be renewed`);
  await writeFile(await mine.newPath(), 'x');
  await mine.close();
  expect(await readdir(root)).toEqual([]);
});
