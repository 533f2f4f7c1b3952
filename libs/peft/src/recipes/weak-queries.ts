/** @file Queries that nobody asked, written for documents that no query of the training split finds. */
import { z } from 'zod';
import type { Split } from '../objectives/data.js';
import type { Random } from '../tensor/random.js';
import { Bm25 } from '../text/bm25.js';
import { needsCorpus } from './compared-documents.js';
import { defineRecipe } from './recipe.js';

const sources = ['keywords', 'first-sentence'] as const;

interface Config {
  source: (typeof sources)[number];
  documents: number;
  words: number;
  filter: number;
  real?: number | undefined;
}

type Writer = (document: number, words: number) => string;

/** Writers of a query, which need no language model. */
const writers: Record<Config['source'], (texts: readonly string[], index: Bm25) => Writer> = {
  /** The words of a document that weigh most by BM25, the heaviest first; of equal ones those that come first in the order of letters. */
  keywords: (texts, index) => (document, words) => {
    const counts = new Map<string, number>();
    for (const word of index.termsOf(texts[document]!)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const weighed = Array.from(counts.keys(), (word) => ({
      word,
      weight: index.weighted([[word, 1]], [document])[0]!,
    }));
    weighed.sort((a, b) => b.weight - a.weight || (a.word < b.word ? -1 : 1));
    return weighed
      .slice(0, words)
      .map(({ word }) => word)
      .join(' ');
  },
  'first-sentence': (texts) => (document, words) =>
    texts[document]!.trim()
      .split(/(?<=[.!?])\s/)[0]!
      .split(/\s+/)
      .slice(0, words)
      .join(' '),
};

/** A query of a document that was written, and whether BM25 finds the document by it. */
export interface WeakQuery {
  query: string;
  document: number;
  kept: boolean;
}

/**
 * Queries for documents that no training query finds, drawn from all of these.
 *
 * @param labelled documents that queries find
 */
export function writtenQueries(
  texts: readonly string[],
  labelled: ReadonlySet<number>,
  { source, documents, words, filter }: Config,
  random: Random,
): WeakQuery[] {
  const index = new Bm25(texts);
  const write = writers[source](texts, index);
  const left = [...texts.keys()].filter((document) => !labelled.has(document));
  const drawn = Array.from(
    { length: Math.min(documents, left.length) },
    () => left.splice(random.integer(left.length), 1)[0]!,
  );
  return drawn
    .map((document) => ({ document, query: write(document, words) }))
    .filter(({ query }) => query !== '')
    .map((one) => ({ ...one, kept: filter === 0 || index.best(one.query, filter).includes(one.document) }));
}

function withWeakQueries(train: Split, config: Config, random: Random): Split {
  const { searches, queries = [] } = train;
  if (searches?.with === undefined) throw new Error('queries are written for documents, and the data has none');
  const real = Math.min(config.real ?? train.size, train.size);
  const labelled = new Set(
    Array.from({ length: real }, (_, unit) => searches.relevant(unit).map(({ document }) => document)).flat(),
  );
  const written = writtenQueries(queries[0]!.rows, labelled, config, random);
  return searches.with(
    real,
    written.filter(({ kept }) => kept),
  );
}

export const weakQueries = defineRecipe({
  name: 'weak-queries',
  title: 'Weak queries of documents',
  summary:
    'Writes a query for documents that no training query finds, keeps it where BM25 finds the document by it, and trains on real and weak queries.',
  paper: {
    title: 'Soft Prompt Tuning for Augmenting Dense Retrieval with Large Language Models (SPTAR)',
    year: 2023,
    arxiv: '2307.08303',
  },
  evidence: {
    level: 'partial',
    reason:
      'queries are keywords or a first sentence: no language model with a soft prompt writes them yet. Filter and training on real and weak queries are those of the published code',
  },
  config: z.strictObject({
    source: z.enum(sources).default('keywords').describe('How a query is written'),
    documents: z.int().min(1).max(100_000).default(1000).describe('Documents that queries are written for at most'),
    words: z.int().min(1).max(64).default(8).describe('Words of a query at most'),
    filter: z
      .int()
      .min(0)
      .max(1000)
      .default(30)
      .describe('A query is kept where BM25 ranks its document among so many; 0: all are kept'),
    real: z
      .int()
      .min(0)
      .optional()
      .describe('Real queries that are learned from, the first of the training split; omitted: all'),
  }),
  unfit: needsCorpus,
  examples: { of: withWeakQueries },
});
