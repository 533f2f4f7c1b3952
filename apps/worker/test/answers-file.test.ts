import type { KeptPlaces } from '@rankforge/peft';
import { expect, it } from 'vitest';
import { storePlaces } from '../src/trainer/answers-file.js';

/** The lines of the file of places that is stored. */
async function linesOf(places: KeptPlaces): Promise<unknown[]> {
  let stored = '';
  const tools = {
    signal: new AbortController().signal,
    patienceMs: 0,
    reports: { log: () => undefined },
    store: {
      async put(bytes: Uint8Array) {
        stored = Buffer.from(bytes).toString('utf8');
        return { sha256: 'a'.repeat(64), bytes: bytes.length };
      },
    },
  };
  await storePlaces('test', { places, queries: [{ query: 'white whale' }] }, tools);
  return stored
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

it('says that places are of attacked documents where none was attacked', async () => {
  const [head, ...records] = await linesOf({
    documents: 'attacked',
    units: 1,
    first: [{ size: 4, of: 0, rows: [] }],
  });
  expect(head).toEqual({ format: 'rankforge-places-1', split: 'test', documents: 'attacked', queries: 1 });
  expect(records).toEqual([{ query: 'white whale', size: 4, of: 0, rows: [] }]);
});

it('keeps places of relevant documents down to the hundredth, and the recall of all queries', async () => {
  const [head, ...records] = await linesOf({
    documents: 'relevant',
    units: 2000,
    first: [{ size: 300, of: 3, rows: [{ place: 1 }, { place: 100 }, { place: 101 }] }],
    recall: [0.25, 0.5],
  });
  expect(head).toMatchObject({ documents: 'relevant', queries: 2000, recall: [0.25, 0.5] });
  expect(records).toEqual([{ query: 'white whale', size: 300, of: 3, rows: [{ place: 1 }, { place: 100 }] }]);
});
