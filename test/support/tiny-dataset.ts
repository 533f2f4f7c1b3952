/** @file A data set that a trainer opens, validates on and scores in no time. Moby-Dick takes it seconds, in each process. */
import type { CreateDatasetInput } from '@rankforge/contracts';
import type { TestApi } from './hosted-api.js';
import type { Platform } from './platform.js';

const spec: CreateDatasetInput = {
  name: 'tiny',
  format: 'jsonl',
  mapping: { objective: 'language-modelling', text: 'text' },
};

/** The task as a sweep names it. */
export const tinyTask = `dataset:${spec.name}`;

const syllables = 'ba ke lo mi nu pa re so ti vu da fe go hi ju'.split(' ');

/** Lines of words unlike each other, the same for every call. */
function lines(count: number, words: number): string {
  let state = 1;
  const syllable = () => {
    state = (state * 48_271) % 2_147_483_647;
    return syllables[state % syllables.length]!;
  };
  const text = () => Array.from({ length: words }, () => syllable() + syllable()).join(' ');
  return Array.from({ length: count }, () => `${JSON.stringify({ text: text() })}\n`).join('');
}

const added = new WeakMap<Platform['db'], Promise<void>>();

/** Adds the data set to a platform that does not have it yet. */
export function addTinyDataset(platform: Platform, api: TestApi): Promise<void> {
  const adding = added.get(platform.db) ?? upload(platform, api);
  added.set(platform.db, adding);
  return adding;
}

async function upload({ keys }: Platform, api: TestApi): Promise<void> {
  const form = new FormData();
  form.set('spec', JSON.stringify(spec));
  form.set('file', new Blob([lines(300, 16)]), 'tiny.jsonl');
  const response = await fetch(`${api.url}/v1/datasets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.admin}` },
    body: form,
  });
  if (response.status !== 201) throw new Error(`the tiny data set: ${response.status} ${await response.text()}`);
}
