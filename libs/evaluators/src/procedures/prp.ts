import { quoted, required, tersely } from '@rankforge/peft/extension';
import { z } from 'zod';
import { type Asked, type RerankerInput } from '../slots/reranker.js';
import { askingJudge, judgeFields, scoresBy } from './judge.js';
import { allPairs, type Compare, heapSort, heapSortComparisons, sliding, slidingComparisons } from './orderings.js';
import { defineProcedure } from './procedure.js';

const config = z.strictObject({
  ordering: z
    .enum(['all-pairs', 'sorting', 'sliding'])
    .default('sliding')
    .meta({ description: 'Every pair, heapsort, or some passes from the bottom.' }),
  passes: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .meta({ description: 'Of sliding: as many of the best are found as there are passes.' }),
  orders: z
    .enum(['both', 'one'])
    .default('both')
    .meta({ description: 'A pair is shown in both orders, and tells nothing where they disagree; or in one.' }),
  prompt: z
    .enum(['paper', 'short'])
    .default('paper')
    .meta({ description: 'The words of the paper, or as few as models of small contexts can read.' }),
  ...judgeFields,
});
type Config = z.infer<typeof config>;

/** The most comparisons for so many candidates. */
const comparisons: Record<Config['ordering'], (count: number, config: Config) => number> = {
  'all-pairs': (count) => (count * (count - 1)) / 2,
  sorting: heapSortComparisons,
  sliding: (count, { passes }) => slidingComparisons(count, passes),
};

/** Pairwise ranking prompting: which of two passages is more relevant, asked again and again. */
export const prp = defineProcedure({
  name: 'prp',
  title: 'Pairwise ranking prompting (PRP)',
  summary: 'Asks which of two passages is more relevant, in both orders, and orders the candidates by what is said.',
  paper: {
    title: 'Large Language Models are Effective Text Rankers with Pairwise Ranking Prompting',
    year: 2023,
    arxiv: '2306.17563',
  },
  evidence: {
    level: 'partial',
    reason:
      'no official code; what sorting does with pairs that cannot be told apart is not said: here the first search decides',
  },
  config,
  part: askingJudge<Config>({
    async order(input) {
      const { candidates, config } = input;
      const count = candidates.texts.length;
      const compare = comparing(input, await scoresBy(config.judge, input));
      if (config.ordering === 'all-pairs') return allPairs(count, compare);
      return config.ordering === 'sorting' ? heapSort(count, compare) : sliding(count, config.passes, compare);
    },
    calls: (count, config) => (config.orders === 'both' ? 2 : 1) * comparisons[config.ordering](count, config),
    words: ({ words }) => 3 * words + 40,
  }),
});

/** Asks for two candidates in both orders, or with the one that is named first in the first place alone. */
function comparing({ config, asked, ...input }: RerankerInput<Config>, known: ArrayLike<number> | undefined): Compare {
  const firstWins = answering({ config, ...input }, known);
  const ask = (first: number, second: number) => {
    asked.calls += 1;
    return firstWins(first, second);
  };
  if (config.orders === 'one') return async (one, other) => ((await ask(one, other)) ? 1 : -1);
  return async (one, other) => agreed(await ask(one, other), !(await ask(other, one)), asked);
}

function agreed(before: boolean, after: boolean, asked: Asked): number {
  asked.pairs += 1;
  if (before !== after) return 0;
  asked.agreeing += 1;
  return before ? 1 : -1;
}

type Answering = (first: number, second: number) => Promise<boolean>;

/** Says whether the first of two that are shown is the more relevant. @param known scores of a judge that reads no prompt */
function answering(
  { candidates, segmenter, config, generator, random }: Omit<RerankerInput<Config>, 'asked'>,
  known: ArrayLike<number> | undefined,
): Answering {
  const { query, texts } = candidates;
  // Where scores are equal it says the first that is shown: both orders then disagree.
  if (known) return async (first, second) => known[first]! >= known[second]!;
  if (config.judge === 'random') return async () => random.uniform() < 0.5;
  const judge = required(generator);
  const { prompt, answers } = prompts[config.prompt];
  return async (first, second) => {
    const shown = (text: string) => quoted(text, config.words, segmenter);
    const text = prompt(shown(query), shown(texts[first]!), shown(texts[second]!));
    const scored = await judge.score(text, answers);
    if (scored) return scored.logProbabilities[0]! >= scored.logProbabilities[1]!;
    const written = await judge.generate(text, { ...tersely, maxTokens: 8, stop: ['\n'] });
    // An answer that names neither tells nothing, as the first does in both orders.
    return !/\bB\b/.test(written.text) || /\bA\b.*\bB\b/s.test(written.text);
  };
}

/** Prompts, with the two answers that are scored after them. */
const prompts: Record<
  Config['prompt'],
  { prompt(query: string, a: string, b: string): string; answers: readonly [string, string] }
> = {
  paper: {
    prompt: (query, a, b) =>
      `Given a query "${query}", which of the following two passages is more relevant to the query?\n\n` +
      `Passage A: "${a}"\n\nPassage B: "${b}"\n\nOutput Passage A or Passage B:`,
    answers: [' Passage A', ' Passage B'],
  },
  short: { prompt: (query, a, b) => `Q: ${query}\nA: ${a}\nB: ${b}\nBest:`, answers: [' A', ' B'] },
};
