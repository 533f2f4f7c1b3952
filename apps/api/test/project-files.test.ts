import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultProject } from '@rankforge/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { projectFile } from '../src/projects/project-files.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'rankforge-data-')));
});
afterEach(() => rm(dataDir, { recursive: true }));

async function written(folder: string): Promise<string> {
  await mkdir(join(dataDir, folder), { recursive: true });
  await writeFile(join(dataDir, folder, 'a.jsonl'), '{}\n');
  return join(folder, 'a.jsonl');
}

it('opens folders of its users to the default project', async () => {
  const path = await written('mine');
  expect(await projectFile(defaultProject, dataDir, path)).toBe(join(dataDir, path));
});

it.each([
  'artifacts',
  'calibrations/reservations',
  'cassettes/digest',
  'digests',
  'engines',
  'projects/third',
  'synonyms',
  'uploads',
])('closes %s to the default project, by name and through a link', async (folder) => {
  const path = await written(folder);
  const refused =
    /is not open to data sets: artifacts, calibrations, cassettes, digests, engines, .* are the platform's/;
  await expect(projectFile(defaultProject, dataDir, path)).rejects.toThrow(refused);
  await symlink(join(dataDir, path), join(dataDir, 'link.jsonl'));
  await expect(projectFile(defaultProject, dataDir, 'link.jsonl')).rejects.toThrow(refused);
});
