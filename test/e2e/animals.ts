/** @file Data of animals that tests upload, with the requests about them. */
import type { CreateDatasetInput } from '@rankforge/contracts';
import type { ApiUnderTest } from './api-client.js';

const verbs = { cat: ['purrs', 'meows', 'climbs'], dog: ['barks', 'fetches', 'digs'] };
/** Parts of words, unlike each other. */
export const syllables = 'ba ke lo mi nu pa re so ti vu da fe go hi ju'.split(' ');

/** Lines of words unlike each other, among which one tells the class. */
export function csv(rows = 200): string {
  let state = 1;
  const draw = (bound: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
  const word = () => syllables[draw(15)]! + syllables[draw(15)]!;
  const lines = Array.from({ length: rows }, (_, i) => {
    const label = i % 2 === 0 ? 'cat' : 'dog';
    return `"It ${verbs[label][draw(3)]}, ${[word(), word(), word(), word(), word()].join(' ')}",${label},${i % 5}`;
  });
  return `text,animal,stars\n${lines.join('\n')}\n`;
}

export const mapping = { objective: 'classification', text: 'text', label: 'animal' } as const;
export const spec = (name: string, more: Partial<CreateDatasetInput> = {}): CreateDatasetInput => ({
  name,
  format: 'csv',
  mapping,
  split: { by: 'hash', validation: 0.2, test: 0.2 },
  ...more,
});

/** Sends a file with a request about it. */
export function uploadTo(
  api: ApiUnderTest,
  path: string,
  request: object,
  content: string | Buffer,
  file = 'animals.csv',
) {
  return api.post(path).field('spec', JSON.stringify(request)).attach('file', Buffer.from(content), file);
}
