import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import type { ApiSettings } from '../src/platform/env.js';
import { ProblemError } from '../src/platform/http/problem.js';
import { Uploads } from '../src/uploads/uploads.js';

let disk: string;
let uploads: Uploads;
beforeEach(async () => {
  disk = join(await mkdtemp(join(tmpdir(), 'rankforge-disk-')), 'data');
  uploads = new Uploads(partOf<ApiSettings>({ uploadDir: join(disk, 'uploads') }));
});
afterEach(() => rm(dirname(disk), { recursive: true }));

it('refuses uploads while the disk takes none, and takes them once it does', async () => {
  await writeFile(disk, 'in the place of a disk');
  uploads.onApplicationBootstrap();
  const refused = await uploads.newPath().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ProblemError);
  expect(refused).toMatchObject({ kind: 'unavailable', status: 503 });
  expect((refused as ProblemError).detail).toContain('takes no files now (ENOTDIR)');
  await rm(disk);
  await mkdir(disk);
  const [path, other] = await Promise.all([uploads.newPath(), uploads.newPath()]);
  await writeFile(path, 'content');
  expect(dirname(other)).toBe(dirname(path));
  await uploads.beforeApplicationShutdown();
  expect(await readdir(join(disk, 'uploads'))).toEqual([]);
});

it('holds a bounded number of a project at once, and takes away what is released', async () => {
  await mkdir(disk);
  const held = await Promise.all(Array.from({ length: 16 }, () => uploads.hold('a')));
  await expect(uploads.hold('a')).rejects.toMatchObject({ kind: 'rate-limited', status: 429 });
  await (await uploads.hold('b')).release();
  await writeFile(held[0]!.path, 'content');
  await held[0]!.release();
  expect(await readdir(dirname(held[0]!.path))).toEqual([]);
  await (await uploads.hold('a')).release();
  await uploads.beforeApplicationShutdown();
});

it('counts none of a project where the disk takes none', async () => {
  await writeFile(disk, 'in the place of a disk');
  const refused = await Promise.allSettled(Array.from({ length: 20 }, () => uploads.hold('a')));
  expect(refused.filter((each) => each.status === 'rejected' && each.reason.kind === 'unavailable')).toHaveLength(16);
  await expect(uploads.hold('a')).rejects.toMatchObject({ kind: 'unavailable' });
});

it('ends in order where the disk never took any', async () => {
  await writeFile(disk, 'in the place of a disk');
  uploads.onApplicationBootstrap();
  await uploads.beforeApplicationShutdown();
});
