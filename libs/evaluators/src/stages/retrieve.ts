/** @file Stage of an answer: passages that fit a question, by a search. */

import { Bm25, type Encode, type Segmenter, usualBm25 } from '@rankforge/peft';
import { trigramsOf } from '@rankforge/peft/extension';
import { z } from 'zod';
import { type Found } from '../slots/answerer.js';

interface Hit {
  /** Index of the text. */
  place: number;
  /** The larger the better. */
  score: number;
}

/** Searches some texts, best first; a text that has nothing of the query may be left out. */
export type Search = (query: string, count: number) => Promise<Hit[]>;

/** Ways of a search to read texts. */
interface Searching {
  segmenter: Segmenter;
  /** The encoder of texts, where the retriever compares embeddings. */
  encode: Encode | undefined;
}

interface Retriever {
  open(texts: readonly string[], how: Searching): Promise<Search>;
  /** It compares embeddings of the base. */
  encodes: boolean;
}

const bySharedWords = (texts: readonly string[], termsOf: (text: string) => string[]): Search => {
  const index = new Bm25(texts, { ...usualBm25, termsOf });
  return async (query, count) => {
    const places = index.best(query, count);
    const scores = index.scores(query, places);
    return places.map((place, at) => ({ place, score: scores[at]! }));
  };
};

async function byEmbedding(texts: readonly string[], encode: Encode | undefined): Promise<Search> {
  if (!encode) throw new Error('the procedure compares embeddings, and the trial has nothing that encodes');
  const embeddings = await encode(texts);
  return async (query, count) => {
    const [asked] = await encode([query]);
    const hits = embeddings.map((own, place) => ({ place, score: dot(asked!, own) }));
    return hits.sort((a, b) => b.score - a.score || a.place - b.place).slice(0, count);
  };
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** How little first ranks count above others (Cormack et al. 2009). */
const RANK_OFFSET = 60;

/** Ranks of a search that are fused. */
const FUSED_RANKS = 100;

/** Adds up 1 / (60 + rank) of several searches. */
const fused =
  (...searches: readonly Search[]): Search =>
  async (query, count) => {
    const sums = new Map<number, number>();
    for (const search of searches) {
      const hits = await search(query, Math.max(count, FUSED_RANKS));
      for (const [at, { place }] of hits.entries()) {
        sums.set(place, (sums.get(place) ?? 0) + 1 / (RANK_OFFSET + at + 1));
      }
    }
    return [...sums]
      .map(([place, score]) => ({ place, score }))
      .sort((a, b) => b.score - a.score || a.place - b.place)
      .slice(0, count);
  };

export const retrieverNames = ['bm25', 'rrf', 'dense', 'hybrid'] as const;
export type RetrieverName = (typeof retrieverNames)[number];

const retrievers: Record<RetrieverName, Retriever> = {
  bm25: { open: async (texts, { segmenter }) => bySharedWords(texts, (text) => segmenter.terms(text)), encodes: false },
  rrf: {
    open: async (texts, { segmenter }) =>
      fused(
        bySharedWords(texts, (text) => segmenter.terms(text)),
        bySharedWords(texts, trigramsOf),
      ),
    encodes: false,
  },
  dense: { open: (texts, { encode }) => byEmbedding(texts, encode), encodes: true },
  hybrid: {
    open: async (texts, { segmenter, encode }) =>
      fused(
        bySharedWords(texts, (text) => segmenter.terms(text)),
        await byEmbedding(texts, encode),
      ),
    encodes: true,
  },
};

export const retrieveFields = {
  retriever: z.enum(retrieverNames).default('bm25').meta({
    description:
      'bm25: by shared words. rrf: fused orders by words and by runs of three letters. dense: by embeddings of the base. hybrid: fused orders of bm25 and dense.',
  }),
  topK: z.number().int().min(1).max(1000).default(4).meta({ description: 'Passages that are found for a question.' }),
};

export const openSearch = (retriever: RetrieverName, texts: readonly string[], how: Searching): Promise<Search> =>
  retrievers[retriever].open(texts, how);

export const encodesTexts = (retriever: RetrieverName): boolean => retrievers[retriever].encodes;

/** Opens a search of passages. */
export async function searchOf(
  passages: readonly Found[],
  { retriever }: { retriever: RetrieverName },
  how: Searching,
): Promise<(question: string, count: number) => Promise<Found[]>> {
  const texts = passages.map(({ text }) => text);
  const search = await openSearch(retriever, texts, how);
  return async (question, count) =>
    (await search(question, count)).map(({ place, score }) => ({ ...passages[place]!, score }));
}
