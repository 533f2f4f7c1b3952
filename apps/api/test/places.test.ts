import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Leaderboard, mostMoves } from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { recallOf } from '../src/leaderboard/board-recall.js';
import { headOf, type Kept } from '../src/trials/kept-lines.js';
import { pageOf } from '../src/trials/trial-places.js';

let folder: string;
let store: ArtifactStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-places-'));
  store = new ArtifactStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const head = (documents: 'relevant' | 'attacked', recall?: number[]) =>
  JSON.stringify({ format: 'rankforge-places-1', split: 'test', documents, queries: 2, ...(recall && { recall }) });
const put = async (text: string) => ({ kind: 'places', ...(await store.put(Buffer.from(text))) });
const record = (rows: object[]) => JSON.stringify({ size: 9, of: rows.length, rows });

it('reads the head of a file and leaves the rest', async () => {
  const long = await put(`first\n${'x'.repeat(2 ** 22)}`);
  const pieces: number[] = [];
  const counted = {
    async stream(sha256: string, bytes: number) {
      const stream = await store.stream(sha256, bytes);
      stream.on('data', (piece: Buffer) => pieces.push(piece.length)).pause();
      return stream;
    },
  };
  expect(await headOf(counted, long)).toBe('first');
  expect(pieces.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(2 ** 19);
  const endless = await put('x'.repeat(2 ** 20));
  await expect(headOf(store, endless)).rejects.toMatchObject({ kind: 'unavailable' });
});

it('leaves out the rows of a board whose files cannot be read, and draws the others', async () => {
  const files = new Map([
    ['a', await put(`${head('relevant', [0.5, 1])}\n`)],
    ['b', await put(`${head('relevant', [0])}\n`)],
    ['c', { kind: 'places', sha256: 'c'.repeat(64), bytes: 9 }],
  ]);
  const database = partOf<Kept['database']>({
    $queryRaw: async () => [...files].map(([trainingId, file]) => ({ trainingId, ...file })),
  });
  const rows = [['a', 'b'], ['a', 'c'], ['d']].map((trialIds) =>
    partOf<Leaderboard['rows'][number]>({ trialIds, score: 1 }),
  );
  expect(await recallOf({ rows }, { database, store })).toEqual({
    rows: [{ trialIds: ['a', 'b'], scores: 2, recall: [0.25, 0.5] }],
    unreadable: ['c'],
  });
});

it('counts all moves on the first page of queries, gives those of most documents, and parses its own lines alone', () => {
  const many = Array.from({ length: mostMoves + 5 }, (_, at) => ({ before: at + 2, place: at + 1 }));
  const lines = [record([{ before: 9, place: 9 }]), record([...many, { before: 9, place: 9 }]), '{ "rows": [] }'];
  const page = pageOf(head('attacked'), lines, { from: 0, limit: 1 });
  expect(page).toMatchObject({ kept: 3, moved: { better: mostMoves + 5, same: 2, worse: 0 } });
  expect(page.moves).toHaveLength(mostMoves);
  expect(page.moves).toContainEqual({ before: 9, after: 9, documents: 2 });
  expect(page.items).toHaveLength(1);
  const next = pageOf(head('attacked'), lines, { from: 1, limit: 1 });
  expect(next.moves).toEqual([]);
  expect(next).not.toHaveProperty('moved');
});
