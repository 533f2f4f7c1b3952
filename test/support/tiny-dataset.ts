/** @file A data set that a trainer opens, validates on and scores in no time. Moby-Dick takes it seconds, in each process. */
import type { CreateDatasetInput, DatasetView } from '@rankforge/contracts';

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

/** @param key may submit */
export const uploadTinyDataset = (url: string, key: string): Promise<DatasetView> =>
  uploadDataset(url, key, { spec, content: lines(300, 16), file: 'tiny.jsonl' });

interface Upload {
  spec: CreateDatasetInput;
  content: string;
  /** Name of the file. */
  file: string;
}

/**
 * Uploads a data set.
 *
 * @param key may submit
 * @throws Error with the answer of the API, where that refuses it
 */
export async function uploadDataset(url: string, key: string, { spec, content, file }: Upload): Promise<DatasetView> {
  const form = new FormData();
  form.set('spec', JSON.stringify(spec));
  form.set('file', new Blob([content]), file);
  const response = await fetch(`${url}/v1/datasets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: form,
  });
  if (response.status !== 201) throw new Error(`${spec.name}: ${response.status} ${await response.text()}`);
  return (await response.json()) as DatasetView;
}
