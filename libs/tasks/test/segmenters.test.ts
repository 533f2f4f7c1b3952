/** @file Words of Chinese by jieba: those of PyPI jieba, which a vector of libs/peft has. */
import { readFile } from 'node:fs/promises';
import { Bm25, type Segmenter, usualBm25 } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { openSegmenter, segmenterByJieba } from '../src/text/segmenters.js';

const vector = JSON.parse(
  await readFile(new URL('../../peft/test/vectors/metrics/segmented.json', import.meta.url), 'utf8'),
) as {
  cases: { written: string; right: string; tokens: { written: string[]; right: string[] } }[];
  terms: Record<string, string[]>;
};
const jieba = await openSegmenter('jieba');

describe('the segmenter jieba', () => {
  it('finds the words that PyPI jieba finds, in both of its modes', () => {
    for (const { written, right, tokens } of vector.cases) {
      expect(jieba.tokens!(written)).toEqual(tokens.written);
      expect(jieba.tokens!(right)).toEqual(tokens.right);
    }
    for (const [text, terms] of Object.entries(vector.terms)) expect(jieba.terms(text)).toEqual(terms);
  });

  it('gives words that are the text with single spaces when they are joined', () => {
    const text = ' GPT 模型\n在  Rankforge 上运行。 ';
    expect(jieba.split(text)).toEqual(['GPT ', '模型 ', '在 ', 'Rankforge ', '上', '运行', '。']);
    expect(jieba.split(text).join(jieba.between)).toBe('GPT 模型 在 Rankforge 上运行。');
  });

  it('leaves out stop words of English where that is asked for, and punctuation always', () => {
    expect(jieba.terms('The 灯塔，on')).toEqual(['灯塔']);
    expect(jieba.terms('The 灯塔，on', 'none')).toEqual(['the', '灯塔', 'on']);
  });

  it('finds texts by the words of a question, which white space does not part', async () => {
    const texts = ['渡轮每天上午九点开往东岛。', '图书馆周末开放，读者可以借书。', '东岛的灯塔去年修好。'];
    const spaces = await openSegmenter();
    const best = (segmenter: Segmenter, query: string) =>
      new Bm25(texts, { ...usualBm25, termsOf: (text) => segmenter.terms(text) }).best(query, 1);
    expect(best(jieba, '灯塔是什么时候修好的？')).toEqual([2]);
    expect(best(jieba, '读者几时可以去图书馆？')).toEqual([1]);
    expect(best(spaces, '灯塔是什么时候修好的？')).toEqual([]);
  });

  it('says what is missing where its package cannot be loaded', async () => {
    await expect(segmenterByJieba(() => Promise.reject(new Error('Cannot find package')))).rejects.toThrow(
      'words of Chinese are found by the package @node-rs/jieba, which is not installed on this machine or has no build for it; run npm install with optional packages',
    );
  });
});
