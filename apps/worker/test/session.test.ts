/** @file What a trainer keeps from one trial to the next, on a base of drawn weights. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArtifactStore } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyBase } from '../../../test/support/tiny-base.js';
import { spec } from '../../../test/support/trials.js';
import { Session } from '../src/trainer/session.js';

let folder: string;
let base: string;
let store: ArtifactStore;
let names: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-session-'));
  base = await writeTinyBase(join(folder, 'models'));
  store = new ArtifactStore(join(folder, 'artifacts'));
  await store.prepare();
  names = await Promise.all(['sea', 'ship', 'whale', 'crew'].map(dataset));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A data set of a few lines, as an import leaves it. */
async function dataset(word: string): Promise<string> {
  const head = { format: 'rankforge-dataset-1', objective: 'language-modelling' };
  const lines = ['train', 'validation', 'test'].map((split, i) => ({
    split,
    row: `line ${i + 1}`,
    text: `the ${word} was calm `.repeat(8),
  }));
  const { sha256 } = await store.put(Buffer.from([head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')));
  return sha256;
}

const opened = () => new Session(join(folder, 'models'), store);
const specOf = (place: number) => ({
  ...spec,
  base,
  task: `dataset:${place}`,
  dataset: names[place]!,
  training: { ...spec.training, sequenceLength: 16 },
});
const prepared = (session: Session, place: number) => session.prepare(specOf(place));

it('reads the digest of a base again after it could not be read', async () => {
  const { baseSha256 } = await prepared(opened(), 0);
  const file = join(folder, 'models', base, 'tokenizer.json');
  await rename(file, `${file}.away`);
  await expect(baseSha256()).rejects.toThrow(base);
  await rename(`${file}.away`, file);
  expect(await baseSha256()).toMatch(/^[0-9a-f]{64}$/);
});
