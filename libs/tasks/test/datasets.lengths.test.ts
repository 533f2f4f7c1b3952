import { writeFile } from 'node:fs/promises';
import { DatasetMapping } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { datasetLengths } from '../src/index.js';
import { decode, encode } from './support/bytes.js';
import { byColumn, useFolder } from './support/dataset-files.js';

const files = useFolder();
const chats = DatasetMapping.parse({ objective: 'instruction-tuning', prompt: 'prompt', completion: 'completion' });

/** Writes chats whose prompts and completions have these many letters, and reads their lengths with bytes for tokens. */
async function lengthsOf(
  letters: readonly [number, number][],
  options: Omit<Parameters<typeof datasetLengths>[1], 'tokenizer'>,
  mapping = chats,
) {
  const row = ([prompt, completion]: [number, number], split: string) =>
    JSON.stringify({ prompt: 'p'.repeat(prompt), completion: 'c'.repeat(completion), split });
  // Examples that are not trained on are not looked at.
  const rows = [...letters.map((each) => row(each, 'train')), row([900, 900], 'validation'), row([800, 900], 'test')];
  const { lines } = await files.importing(rows.join('\n'), { format: 'jsonl', mapping, split: byColumn });
  const file = files.at(`${crypto.randomUUID()}.jsonl`);
  await writeFile(file, `${lines.join('\n')}\n`);
  return datasetLengths(file, { tokenizer: { encode, decode }, ...options });
}

/** A hundred chats, the last five of which are long. */
const hundred = Array.from({ length: 100 }, (_, at): [number, number] => (at < 95 ? [20, 100] : [20, 381]));

describe('the length of a training on a data set', () => {
  it('lets 95 % of the examples be read whole, rounded up to 32', async () => {
    // 120 tokens, the last of which is only predicted. Of 95 × 100 + 5 × 381 tokens, 5 × (381 − 128) have no room.
    expect(await lengthsOf(hundred, { contextLength: 2048 })).toEqual({
      sequenceLength: 128,
      sampled: 100,
      cut: 0.05,
      learnedCut: (5 * (381 - 128)) / (95 * 100 + 5 * 381),
      longest: 400,
    });
  });

  it('stays from 64 up to what the base reads, or 1,024', async () => {
    expect(await lengthsOf([[3, 4]], { contextLength: 2048 })).toMatchObject({ sequenceLength: 64, cut: 0 });
    expect(await lengthsOf(hundred, { contextLength: 100 })).toMatchObject({ sequenceLength: 100, cut: 1 });
    expect(await lengthsOf([[2000, 10]], { contextLength: 4096 })).toMatchObject({
      sequenceLength: 1024,
      cut: 1,
      learnedCut: 0,
      longest: 2009,
    });
  });

  it('stays the one that is asked for', async () => {
    const { sequenceLength, cut, learnedCut } = (await lengthsOf(hundred, { asked: 64, contextLength: 2048 }))!;
    expect([sequenceLength, cut]).toEqual([64, 1]);
    // One token of the prompt stays, so that 64 of the completion are learned.
    expect(learnedCut).toBeCloseTo((95 * (100 - 64) + 5 * (381 - 64)) / (95 * 100 + 5 * 381), 10);
  });

  it('follows from examples spread over a large data set', async () => {
    const many = Array.from({ length: 2100 }, (_, at): [number, number] => (at < 1050 ? [5, 6] : [5, 196]));
    const read = (await lengthsOf(many, { contextLength: 2048 }))!;
    expect(read.sequenceLength).toBe(224);
    expect(read.longest).toBe(200);
    expect(read.sampled).toBeGreaterThanOrEqual(500);
    expect(read.sampled).toBeLessThan(1000);
  });

  it('follows from no data that is cut into windows', async () => {
    const texts = DatasetMapping.parse({ objective: 'language-modelling', text: 'prompt' });
    expect(await lengthsOf(hundred, { contextLength: 2048 }, texts)).toBeUndefined();
  });
});
