/**
 * @file An index of encoded documents, for trainings that look among very many: what stands nearest to a query is found without comparing it with all.
 * It is approximate: a graph of neighbours (Malkov and Yashunin 2016, arXiv 1603.09320) of npm `usearch`, of vectors in float16.
 */
import type { FirstDocuments } from '../objectives/data.js';
import type { Turn } from './turns.js';

/**
 * Sizes up to which all is compared. Of more documents an index is asked, by steps that look each time and by a search of more queries:
 * with fewer its making takes longer than it saves (about 2,000 queries among 120,000 documents on wasm, 6,600 on tensorflow).
 */
export const comparedAtMost = { documents: 100_000, queries: 10_000 } as const;

/** Documents that are added between two turns. */
const addedAtATime = 256;

/** Neighbours that a search looks at. With the 64 of the package it found 73 of the 100 nearest among 30,000 that lie close together, with these 99. */
const lookedAt = 1024;

/**
 * Adds documents in their order on one thread, so that the same vectors make the same index.
 *
 * @param vectors at length 1, one after another
 * @throws Error where the package does not load
 */
export async function indexOf(
  vectors: Float32Array,
  { documents, turn }: { documents: number; turn: Turn },
): Promise<FirstDocuments> {
  const width = vectors.length / documents;
  const { Index, MetricKind, ScalarKind } = await loadIndexPackage(documents);
  const index = new Index(width, MetricKind.IP, ScalarKind.F16, 0, 0, lookedAt);
  for (let start = 0; start < documents; start += addedAtATime) {
    await turn.pass();
    const taken = Math.min(addedAtATime, documents - start);
    const places = BigUint64Array.from({ length: taken }, (_, at) => BigInt(start + at));
    index.add(places, vectors.subarray(start * width, (start + taken) * width), 1);
  }
  return (query, most) => Array.from(index.search(query, Math.min(most, documents), 1).keys, Number);
}

/** Loads the package, so that a machine without it says so before anything is encoded. @throws Error where it does not load */
export async function loadIndexPackage(documents: number): Promise<typeof import('usearch')> {
  try {
    return await import('usearch');
  } catch (cause) {
    throw new Error(
      `the recipe looks among ${documents} documents; more than ${comparedAtMost.documents} are searched by the package usearch, and it does not load. ` +
        'Install it (npm i usearch@2.25.3), cut the corpus, or choose a recipe that does not search',
      { cause },
    );
  }
}
