import { readFileSync } from 'node:fs';
import { completions, openTokenizer, questions, writingOf } from '@rankforge/peft';
import { describe, expect, test } from 'vitest';

interface Case {
  prompt: string;
  completion: string;
  ids: number[];
  learned: number;
}

const read = (path: string) => JSON.parse(readFileSync(new URL(`vectors/${path}`, import.meta.url), 'utf8'));
const { cases } = read('prompts.json') as { cases: Record<string, Case[]> };

describe.each(Object.entries(cases))('prompts by %s', (name, pairs) => {
  const tokenizer = openTokenizer(read(`tokenizers/${name}.json`).tokenizer);
  const end = 1;
  const options = { ...tokenizer, end, sequenceLength: 128 };

  test.each(pairs)('read $completion behind $prompt as Python reads one text', (pair) => {
    const { prompt, completion, ids, learned } = pair;
    const { inputs, targets, lengths } = completions([{ prompt, completion }], options).batch([0]);
    expect([...inputs.subarray(0, lengths[0])]).toEqual(ids);
    expect([...targets.subarray(0, lengths[0])]).toEqual([
      ...ids.slice(1, ids.length - learned).map(() => -1),
      ...ids.slice(ids.length - learned),
      end,
    ]);
  });

  test.each(pairs.filter(({ prompt }) => !/\s$/.test(prompt)))(
    'are asked alike, with $completion behind $prompt',
    (pair) => {
      const { prompt, completion, ids } = pair;
      const split = questions([{ prompt, answers: [completion] }], options, writingOf(options, 40));
      const { inputs, lengths } = split.batch([0]);
      expect([...inputs.subarray(0, lengths[0])]).toEqual(ids);
      const alone = tokenizer.encode(prompt);
      expect([...split.questions!.prompt(0)].slice(-alone.length)).toEqual(alone);
    },
  );
});
