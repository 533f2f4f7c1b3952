import { readFileSync } from 'node:fs';
import { Bm25, createRandom, openEngine, type Random } from '@rankforge/peft';
import {
  embeddingsOf,
  type FirstDocuments,
  indexOf,
  innerProducts,
  rankedFirst,
  undisturbed,
} from '@rankforge/peft/internals';
import { findTask } from '@rankforge/tasks';
import type { Bench, Cell } from './bench.js';
import { type Found, searchByBm25s, type WordSearch } from './support/bm25s.js';

/** Documents that each query finds. */
const count = 10;
const drawn = { documents: 50_000, words: 60, vocabulary: 30_000, queries: 1000, asked: 6 };
const vectors = { documents: 120_000, queries: 320, width: 128, centres: 200, spread: 0.7 };
/** Queries whose similarities are held at a time, as a trial holds them. */
const atATime = 32;

const bench: Bench = {
  title: 'Search: queries a second, one at a time on one core, and how many find the document that they were made of',
  async run() {
    const notes: string[] = [];
    const rows: Cell[][] = [];
    for (const [name, asked] of [
      ['passages of Moby-Dick', await passages()],
      ['drawn words', drawnTexts()],
    ] as const) {
      const own = searchByWords(asked);
      const theirs = await searchByBm25s(asked);
      rows.push(['BM25', name, 'rankforge', ...figures(asked, own), null]);
      if ('absent' in theirs) notes.push(theirs.absent);
      else
        rows.push([
          'BM25',
          name,
          `bm25s ${theirs.version}`,
          ...figures(asked, theirs),
          shared(own.found, theirs.found),
        ]);
    }
    rows.push(...(await searchByVectors()));
    notes.push(
      `Passages: ${(await passages()).documents.length} documents, a query is a sentence that was taken out of one. Words: ${drawn.documents} documents of ${drawn.words} words of ${drawn.vocabulary} by Zipf's law, ${drawn.queries} queries of ${drawn.asked} words of one.`,
      `Vectors: ${vectors.documents} of ${vectors.width} numbers at length 1 around ${vectors.centres} centres, ${vectors.queries} queries near one each; found: the share of the ${count} nearest that exact search finds.`,
      'Seconds of an index hold its making from texts, or from vectors; exact search has none. A step of `adore` compares its queries with all documents on the host, and beyond 100,000 asks an index. The last column is the share of documents that rankforge finds too.',
    );
    return {
      columns: ['search', 'of', 'by', 'index s', 'queries/s', `found in ${count}`, 'as rankforge'],
      rows,
      notes,
    };
  },
};
export default bench;

interface Asked extends WordSearch {
  /** The document that each query was made of. */
  source: readonly number[];
}

async function passages(): Promise<Asked> {
  const encoder = new TextEncoder();
  const data = await findTask('moby-dick-retrieval')!.load({
    encode: (text) => encoder.encode(text),
    sequenceLength: 1,
  });
  const splits = [data.train, data.validation, data.test];
  return {
    documents: data.corpus!.texts,
    queries: splits.flatMap(({ queries }) => queries!.map(({ query }) => query)),
    source: splits.flatMap(({ size, searches }) =>
      Array.from({ length: size }, (_, unit) => searches!.relevant(unit)[0]!.document),
    ),
    count,
  };
}

function drawnTexts(): Asked {
  const random = createRandom('retrieval bench');
  const total = Math.log(drawn.vocabulary);
  // Ranks by Zipf's law, to a whole number.
  const word = () => `w${Math.floor(Math.exp(random.uniform() * total))}`;
  const texts = Array.from({ length: drawn.documents }, () => Array.from({ length: drawn.words }, word));
  const source = Array.from({ length: drawn.queries }, () => random.integer(drawn.documents));
  const queries = source.map((document) =>
    Array.from({ length: drawn.asked }, () => texts[document]![random.integer(drawn.words)]!).join(' '),
  );
  return { documents: texts.map((words) => words.join(' ')), queries, source, count };
}

function searchByWords({ documents, queries }: WordSearch): Found {
  const [index, indexed] = timed(() => new Bm25(documents));
  const [found, searched] = timed(() => queries.map((query) => index.best(query, count)));
  return { indexed, searched, found };
}

const figures = ({ source, queries }: Asked, { indexed, searched, found }: Found): Cell[] => [
  indexed,
  queries.length / searched,
  found.filter((own, query) => own.includes(source[query]!)).length / queries.length,
];

/** The mean share of what others find that is found here. */
const shared = (own: Found['found'], theirs: Found['found']): number =>
  theirs.reduce(
    (sum, found, query) => sum + found.filter((one) => own[query]!.includes(one)).length / found.length,
    0,
  ) / theirs.length;

async function searchByVectors(): Promise<Cell[][]> {
  const { documents, queries, width } = vectors;
  const random = createRandom('retrieval bench, vectors');
  const centres = Array.from({ length: vectors.centres }, () =>
    Float32Array.from({ length: width }, () => random.normal()),
  );
  const texts = around(centres, documents, random);
  const asked = around(centres, queries, random);
  await openEngine('wasm');
  const exact: number[][] = [];
  const began = performance.now();
  for (let start = 0; start < queries; start += atATime) {
    const taken = Math.min(atATime, queries - start);
    const block = asked.subarray(start * width, (start + taken) * width);
    const products = await innerProducts(block, texts, { queries: taken, documents, turn: undisturbed });
    for (let query = 0; query < taken; query++) {
      exact.push(largest(products.subarray(query * documents, (query + 1) * documents)));
    }
  }
  const searched = (performance.now() - began) / 1000;
  const of = `${documents} vectors`;
  return [
    ['exact, on the engine', of, 'rankforge', null, queries / searched, 1, null],
    ...(await byStep(texts, asked, exact)),
  ];
}

/** Rows of length 1. */
function around(centres: readonly Float32Array[], size: number, random: Random): Float32Array {
  const rows = new Float32Array(size * vectors.width);
  for (let row = 0; row < size; row++) {
    const centre = centres[random.integer(centres.length)]!;
    const moved = centre.map((value) => value + vectors.spread * random.normal());
    const length = Math.hypot(...moved);
    rows.set(
      moved.map((value) => value / length),
      row * vectors.width,
    );
  }
  return rows;
}

/** Places of the largest values, largest first. */
function largest(values: Float32Array): number[] {
  const best: number[] = [];
  for (let at = 0; at < values.length; at++) {
    if (best.length === count && values[at]! <= values[best[count - 1]!]!) continue;
    let place = best.length;
    while (place > 0 && values[best[place - 1]!]! < values[at]!) place -= 1;
    best.splice(place, 0, at);
    if (best.length > count) best.pop();
  }
  return best;
}

/** Times the search that a step makes of documents that stay, by comparing each and by an index. */
async function byStep(
  texts: Float32Array,
  asked: Float32Array,
  exact: readonly (readonly number[])[],
): Promise<Cell[][]> {
  const { documents, queries } = vectors;
  const manifest = new URL('../../node_modules/usearch/package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const began = performance.now();
  const index = await indexOf(texts, { documents, turn: undisturbed });
  const indexed = (performance.now() - began) / 1000;
  const embeddings = embeddingsOf(asked, queries);
  const search = (first?: FirstDocuments) =>
    timed(() =>
      Array.from({ length: queries }, (_, row) => {
        const wanted = { row, most: count, wanted: new Set<number>(), temperature: 1 };
        return rankedFirst({ vectors: texts, relevant: [], first }, embeddings, wanted).found;
      }),
    );
  const figures = ([found, searched]: [number[][], number]) => [queries / searched, shared(found, exact), null];
  const of = `${documents} vectors`;
  return [
    ['each step, compared', of, 'rankforge', null, ...figures(search())],
    ['each step, by an index', of, `usearch ${version}`, indexed, ...figures(search(index))],
  ];
}

function timed<T>(work: () => T): [T, seconds: number] {
  const began = performance.now();
  const made = work();
  return [made, (performance.now() - began) / 1000];
}
