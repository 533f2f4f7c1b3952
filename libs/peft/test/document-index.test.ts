/** @file Documents that stay and are found by an index: what it finds beside all comparisons, and ADORE's loss by either. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import type { Batch, FixedDocuments } from '../src/objectives/data.js';
import { adore } from '../src/recipes/adore.js';
import { embeddingsOf, inner } from '../src/recipes/embeddings.js';
import { largest } from '../src/tensor/largest.js';
import { createRandom } from '../src/tensor/random.js';
import { indexOf } from '../src/training/document-index.js';
import { undisturbed } from '../src/training/turns.js';
import { expectClose } from './support/close.js';

const [documents, width, queries] = [2000, 16, 8];
const drawn = (rows: number, stream: string) => {
  const random = createRandom(stream);
  return Float32Array.from({ length: rows * width }, () => random.normal());
};
const vectors = embeddingsOf(drawn(documents, 'documents'), documents).units;
const outputs = drawn(queries, 'queries');
const asked = embeddingsOf(outputs, queries).units;
const query = (row: number) => asked.subarray(row * width, (row + 1) * width);
const index = () => indexOf(vectors, { documents, turn: undisturbed });

/** The nearest by all comparisons. */
function nearest(row: number, most: number): number[] {
  const scores = Array.from({ length: documents }, (_, document) => inner(asked, row, vectors, document, width));
  return largest(scores.keys(), most, scores);
}

afterEach(() => vi.doUnmock('usearch'));

describe('an index', () => {
  it('finds nearly all that is nearest, and the same when it is made again', async () => {
    const [one, other] = [await index(), await index()];
    let found = 0;
    for (let row = 0; row < queries; row++) {
      const near = one(query(row), 20);
      expect(new Set(near).size).toBe(20);
      expect(other(query(row), 20)).toEqual(near);
      found += nearest(row, 20).filter((document) => near.includes(document)).length;
    }
    expect(found / (20 * queries)).toBeGreaterThan(0.95);
  });

  it('finds each document once where more are asked for than there are', async () => {
    const few = await indexOf(vectors.subarray(0, 5 * width), { documents: 5, turn: undisturbed });
    expect([...few(query(0), 200)].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('says what to do where its package does not load', async () => {
    vi.doMock('usearch', () => {
      throw new Error('no binary for this machine');
    });
    await expect(index()).rejects.toThrow(
      /^the recipe looks among 2000 documents; more than 100000 are searched by the package usearch, and it does not load\. Install it/,
    );
  });
});

describe('ADORE', () => {
  const config = adore.config.parse({ topK: 10 });
  const term = (fixed: Pick<FixedDocuments, 'relevant' | 'first'>) => {
    const batch = partOf<Batch>({ size: queries, fixed: { vectors, ...fixed } });
    return adore.loss!.evaluate({ outputs, batch, config, state: {} });
  };

  it('has the loss and the gradient of all comparisons where an index finds the same, in whatever order', () => {
    // Every other query has its documents among the first ten; the others' stand far behind.
    const relevant = Array.from({ length: queries }, (_, row) => [
      { document: nearest(row, documents)[row % 2 === 0 ? row : documents - 1]!, grade: 1 },
    ]);
    const rows = Array.from({ length: queries }, (_, row) => row);
    const first: FixedDocuments['first'] = (vector, most) =>
      nearest(rows.find((row) => query(row).every((x, at) => x === vector[at]))!, most).reverse();
    const [all, few] = [term({ relevant }), term({ relevant, first })];
    expect(all.value).toBeGreaterThan(0);
    expect(few.value).toBe(all.value);
    expectClose(few.gradient, all.gradient, 0, 'gradient');
  });
});
