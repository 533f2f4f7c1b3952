import { createRandom, questions, type Random, type Split, writingOf } from '@rankforge/peft';
import { listed, shown } from '../datasets/shown.js';
import { defineTask } from '../task.js';
import { splitByContent } from '../text/split.js';

const SEED = 1;
const CATALOGUES = 1500;

/** Most tokens of an answer: three names in 1,024 kinds of tokens have about ten. */
const answerTokens = 12;

/** Offers of a catalogue, as few as a model that reads 64 tokens has room for beside a text. */
const OFFERS = 3;

/** Products that nobody sells. */
const names = ['Tarn', 'Bram', 'Lond', 'Ster', 'Cest', 'Mend', 'Port', 'Fern', 'Gren', 'Vale'] as const;

/** Everything asks for the most stars first. */
const requests = ['Best:', 'Top:', 'First:', 'Most:'] as const;

interface Recommended {
  prompt: string;
  answers: [string];
}

/**
 * Catalogues of three fictitious products with one to nine stars, no two the same: a line of JSON each, and the products by their stars,
 * the most first, as the answer. Small enough for a base that reads 64 tokens.
 */
export const fictitiousOffers = defineTask({
  name: 'fictitious-offers',
  title: 'Recommend offers by their stars',
  description: 'Name the three fictitious products of a catalogue in the order of their stars.',
  objective: 'catalogue-answers',
  answerTokens,
  source: { seed: SEED, licence: 'Apache-2.0' },
  parsers: [],
  preprocessing: 2,
  defaults: { steps: 400, batchSize: 32, sequenceLength: 63 },
  async load(options) {
    const splits = catalogues();
    const writing = writingOf(options, answerTokens);
    const of = (own: readonly Recommended[]): Split => questions(own, options, writing);
    return {
      objective: 'catalogue-answers',
      writing,
      train: of(splits.train),
      validation: of(splits.validation),
      test: of(splits.test),
    };
  },
  async *testExamples() {
    for (const { prompt, answers } of catalogues().test)
      yield { prompt: shown(prompt.trimEnd()), answers: listed(answers) };
  },
});

function catalogues() {
  const random = createRandom(SEED).fork('fictitious offers');
  const all = Array.from({ length: CATALOGUES }, () => catalogue(random));
  return splitByContent(all, ({ prompt }) => prompt, { validation: 0.05, test: 0.05 });
}

function catalogue(random: Random): Recommended {
  const offers = Array.from({ length: OFFERS }, () => ({ name: '', stars: 0 }));
  for (const [at, offer] of offers.entries()) {
    const before = offers.slice(0, at);
    do offer.name = names[random.integer(names.length)]!;
    while (before.some(({ name }) => name === offer.name));
    do offer.stars = 1 + random.integer(9);
    while (before.some(({ stars }) => stars === offer.stars));
  }
  const lines = offers.map(({ name, stars }) => `{"${name}":"${stars}"}`);
  const best = offers.toSorted((a, b) => b.stars - a.stars).map(({ name }) => name);
  return { prompt: `${lines.join('\n')}\n${requests[random.integer(requests.length)]}`, answers: [best.join(' ')] };
}
