/** @file Excerpts of texts for a query: the sentences that cover its words best. */
import { bySpaces, type Segmenter } from '@rankforge/peft';
import { joined, rarityOf } from '@rankforge/peft/extension';

export interface QuiteOptions {
  /** Words of an excerpt at most, 1 or more. */
  words: number;
  /** Factor by which the weight of a word of the query shrinks when a sentence with it is picked, from 0 to 1. */
  fade: number;
  /** Says what words, terms and sentences are. Default: words stand between white space. */
  segmenter?: Segmenter;
}

/** A sentence of an excerpt: its place in the text, and how many of its words are read. */
export interface PickedSentence {
  sentence: number;
  words: number;
}

export interface Excerpt {
  /** Its sentences in the order of the text. */
  text: string;
  /** In the order in which they were picked. */
  picks: readonly PickedSentence[];
}

/**
 * Query-weighted summary extraction (QUITE) of "Pre-trained Language Model based Ranking in Baidu Search" (2021, arXiv 2105.11108), as
 * summaries of the publication tell it: its equations were not read, and its authors left no code. A sentence scores the sum of the
 * weights of the query's words that it has, each once. The best sentence is picked, of equal ones the earlier; the weights of the
 * words that it has are multiplied by `fade`; and so on until the excerpt is full. A last sentence that does not fit is cut.
 *
 * Chosen here: a word weighs its rarity among `texts`, as in BM25, so that an excerpt depends on the texts beside it. Words are
 * compared as BM25 does, without stop words. Sentences without a word of the query fill the room that is left, the first of the
 * text first: a text that has no such word is read from its beginning. Time grows with the sentences that are picked, times the sets of words of the query that sentences have.
 *
 * @param texts candidates of the query
 * @returns an excerpt of each; the text itself where it has no more words
 * @example
 * const text = 'The ship left at dawn. Nobody slept. The whale was white.';
 * quiteExcerpts('a white whale', [text], { words: 6, fade: 0.5 })[0]!.text; // 'The ship The whale was white.'
 */
export function quiteExcerpts(
  query: string,
  texts: readonly string[],
  { words, fade, segmenter = bySpaces }: QuiteOptions,
): Excerpt[] {
  const passages = texts.map((text) => sentencesOf(text, segmenter));
  const found = (term: string) => passages.filter((own) => own.some(({ terms }) => terms.has(term))).length;
  const asked = [...new Set(segmenter.terms(query))];
  const weights = new Map(asked.map((term) => [term, rarityOf(texts.length, found(term))]));
  return passages.map((sentences, at) => {
    const picks = picksOf(sentences, weights, { words, fade });
    const length = sentences.reduce((sum, own) => sum + own.words.length, 0);
    if (length <= words) return { text: texts[at]!, picks };
    const read = picks
      .toSorted((a, b) => a.sentence - b.sentence)
      .map((pick) => joined(sentences[pick.sentence]!.words.slice(0, pick.words), segmenter));
    return { text: read.join(' '), picks };
  });
}

interface Sentence {
  words: readonly string[];
  terms: ReadonlySet<string>;
}

const sentencesOf = (text: string, segmenter: Segmenter): Sentence[] =>
  text
    .split(segmenter.sentenceEnd)
    .map((sentence) => ({ words: segmenter.split(sentence), terms: new Set(segmenter.terms(sentence)) }))
    .filter(({ words }) => words.length > 0);

function picksOf(
  sentences: readonly Sentence[],
  weights: ReadonlyMap<string, number>,
  { words, fade }: Pick<QuiteOptions, 'words' | 'fade'>,
): PickedSentence[] {
  const left = new Map(weights);
  const open = alike(sentences, [...weights.keys()]);
  const picks: PickedSentence[] = [];
  for (let room = words; room > 0 && open.length > 0; room -= picks.at(-1)!.words) {
    const scores = open.map(({ terms }) => terms.reduce((sum, term) => sum + left.get(term)!, 0));
    const most = Math.max(...scores);
    const best = open
      .filter((_, group) => scores[group] === most)
      .reduce((first, group) => (group.sentences[0]! < first.sentences[0]! ? group : first));
    const sentence = best.sentences.shift()!;
    if (best.sentences.length === 0) open.splice(open.indexOf(best), 1);
    picks.push({ sentence, words: Math.min(room, sentences[sentence]!.words.length) });
    for (const term of best.terms) left.set(term, fade * left.get(term)!);
  }
  return picks;
}

/** Sentences with the same words of the query, which score the same however often words were covered; each group in the order of the text. */
function alike(sentences: readonly Sentence[], asked: readonly string[]) {
  const groups = new Map<string, { terms: readonly string[]; sentences: number[] }>();
  for (const [sentence, own] of sentences.entries()) {
    const terms = asked.filter((term) => own.terms.has(term));
    const group = groups.get(terms.join(' ')) ?? { terms, sentences: [] };
    group.sentences.push(sentence);
    groups.set(terms.join(' '), group);
  }
  return [...groups.values()];
}
