import { quoted, required, tersely } from '@rankforge/peft/extension';
import { z } from 'zod';
import { askingJudge, judgeFields, scoresBy } from './judge.js';
import { defineProcedure } from './procedure.js';

const config = z
  .strictObject({
    window: z.number().int().min(2).max(100).default(4).meta({ description: 'Passages that a prompt shows.' }),
    step: z.number().int().min(1).max(99).default(2).meta({ description: 'Places that the window moves up by.' }),
    ...judgeFields,
  })
  .refine(({ window, step }) => step < window, { path: ['step'], error: 'must be less than the window' });

/** Starts of the windows over so many candidates, the last of the list first. */
function windowStarts(count: number, { window, step }: { window: number; step: number }): number[] {
  const starts: number[] = [];
  for (let start = Math.max(0, count - window); ; start = Math.max(0, start - step)) {
    starts.push(start);
    if (start === 0) return starts;
  }
}

/** Passages in windows that go up the list: the model writes their order. */
export const listwise = defineProcedure({
  name: 'listwise',
  title: 'Listwise permutation (RankGPT)',
  summary: 'Shows some passages at a time, from the end of the list up, and takes the order that the model writes.',
  paper: {
    title: 'Is ChatGPT Good at Search? Investigating Large Language Models as Re-Ranking Agents',
    year: 2023,
    arxiv: '2304.09542',
  },
  evidence: { level: 'partial', reason: 'one prompt in place of a conversation, in words that are chosen here' },
  config,
  part: askingJudge<z.infer<typeof config>>({
    async order(input) {
      const { candidates, segmenter, config, generator, random, asked } = input;
      const { query, texts } = candidates;
      const known = await scoresBy(config.judge, input);
      const quotedOf = (text: string) => quoted(text, config.words, segmenter);
      const order = texts.map((_, place) => place);
      for (const start of windowStarts(order.length, config)) {
        const shown = order.slice(start, start + config.window);
        asked.calls += 1;
        let said: number[];
        if (known) said = shown.toSorted((a, b) => known[b]! - known[a]! || order.indexOf(a) - order.indexOf(b));
        else if (config.judge === 'random') {
          const draws = new Map(shown.map((place) => [place, random.uniform()]));
          said = shown.toSorted((a, b) => draws.get(a)! - draws.get(b)!);
        } else {
          const prompt = promptOf(
            quotedOf(query),
            shown.map((place) => quotedOf(texts[place]!)),
          );
          const { text } = await required(generator).generate(prompt, {
            ...tersely,
            maxTokens: 6 * shown.length,
            stop: ['\n'],
          });
          said = permuted(shown, text);
        }
        order.splice(start, said.length, ...said);
      }
      return order;
    },
    calls: (count, config) => windowStarts(count, config).length,
    words: ({ words, window }) => (window + 1) * words + 10 * window + 40,
  }),
});

function promptOf(query: string, passages: readonly string[]): string {
  const list = passages.map((passage, index) => `[${index + 1}] "${passage}"`).join('\n');
  return (
    `Rank these ${passages.length} passages by their relevance to the query "${query}", the most relevant first.\n${list}\n` +
    'Output the order as [] > [], such as [2] > [1], and nothing else:'
  );
}

/**
 * The order that a text says. A number that is not shown, or was said before, is left out; what it does not name follows as it was.
 * @example permuted([7, 8, 9], '[3] > [1] > [3] > [5]') // [9, 7, 8]
 */
export function permuted(shown: readonly number[], text: string): number[] {
  const said = [...text.matchAll(/\[(\d+)\]/g)].flatMap(([, number]) => shown[Number(number) - 1] ?? []);
  return [...new Set([...said, ...shown])];
}
