import { quoted, required, tersely } from '@rankforge/peft/extension';
import { z } from 'zod';
import { askingJudge, judgeFields, scoresBy } from './judge.js';
import { defineProcedure } from './procedure.js';

/** Each candidate by itself: how likely it is that it answers the query. */
export const pointwise = defineProcedure({
  name: 'pointwise',
  title: 'Pointwise relevance',
  summary: 'Asks of each passage by itself whether it answers the query, and orders by how likely a yes is.',
  paper: { title: 'Holistic Evaluation of Language Models', year: 2022, arxiv: '2211.09110' },
  evidence: { level: 'partial', reason: 'the words of the prompt are chosen here' },
  config: z.strictObject(judgeFields),
  part: askingJudge({
    async order(input) {
      const { candidates, segmenter, config, generator, random, asked } = input;
      const { query, texts } = candidates;
      const known = await scoresBy(config.judge, input);
      const shown = (text: string) => quoted(text, config.words, segmenter);
      const scores: number[] = [];
      for (const [place, text] of texts.entries()) {
        asked.calls += 1;
        if (known) scores.push(known[place]!);
        else if (config.judge === 'random') scores.push(random.uniform());
        else scores.push(await likelihoodOfYes(required(generator), shown(query), shown(text)));
      }
      return scores.map((_, place) => place).sort((a, b) => scores[b]! - scores[a]! || a - b);
    },
    calls: (count) => count,
    words: ({ words }) => 2 * words + 20,
  }),
});

async function likelihoodOfYes(judge: ReturnType<typeof required>, query: string, passage: string): Promise<number> {
  const prompt = `Passage: "${passage}"\nQuery: "${query}"\nDoes the passage answer the query? Answer Yes or No:`;
  const scored = await judge.score(prompt, [' Yes', ' No']);
  if (scored) return scored.logProbabilities[0]! - scored.logProbabilities[1]!;
  const { text } = await judge.generate(prompt, { ...tersely, maxTokens: 4, stop: ['\n'] });
  return /\byes\b/i.test(text) ? 1 : 0;
}
