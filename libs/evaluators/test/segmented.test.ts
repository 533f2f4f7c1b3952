/** @file Texts whose words no white space parts: their scores, places, searches and prompts, and answers by request. */
import { readFileSync } from 'node:fs';
import {
  Bm25,
  bySpaces,
  createRandom,
  type Generator,
  gradedTexts,
  groundedTexts,
  libraryOf,
  questions,
  type Segmenter,
  type TaskData,
  usualBm25,
} from '@rankforge/peft';
import { nearestAnswer, quoted, scoreGrounded, scoreSummary } from '@rankforge/peft/extension';
import { evidenceRecall, placesOf, scoreRecommendation, writtenQueries } from '@rankforge/peft/internals';
import { describe, expect, it } from 'vitest';
import { findEvaluator } from '../src/registry.js';
import { callsOf, scoreProcedure } from '../src/scoring/procedure.js';
import { byGenerator } from '../src/stages/extract-graph.js';
import { extracted } from '../src/stages/generate.js';
import { questScores } from '../src/stages/quest-eval.js';

const vector = JSON.parse(
  readFileSync(new URL('../../peft/test/vectors/metrics/segmented.json', import.meta.url), 'utf8'),
) as {
  cases: {
    written: string;
    right: string;
    tokens: { written: string[]; right: string[] };
    tokenF1: string;
    rougeL: string;
    bleu: string;
    plainBleu: string;
  }[];
  tokens: Record<string, string[]>;
  quests: { asked: { right: string | null; said: string | null }[]; f1: string; recall: string }[];
  documents: string[];
  queries: string[];
  terms: Record<string, string[]>;
  bm25: number[][];
};

/** Two letters are a word, whatever stands beside them; a search reads single ones. */
const pairs: Segmenter = {
  name: 'pairs',
  split: (text) => text.match(/.{1,2}/gu) ?? [],
  between: '',
  terms: (text) => text.match(/\p{L}/gu) ?? [],
  sentenceEnd: /(?<=。)/,
  tokens: (text) => text.match(/.{1,2}/gu) ?? [],
};

describe('scores of Chinese', () => {
  const known = new Map(
    vector.cases.flatMap(({ written, right, tokens }) => [
      [written, tokens.written] as const,
      [right, tokens.right] as const,
    ]),
  );
  const segmenter: Segmenter = { ...pairs, tokens: (text) => known.get(text) ?? [] };

  it.each(vector.cases)('print what the code of CRUD-RAG prints of "$written" against "$right"', (of) => {
    const scores = scoreGrounded(of.written, [of.right], segmenter);
    expect(scores.tokenF1.toFixed(10)).toBe(of.tokenF1);
    expect(scores.rougeL.toFixed(10)).toBe(of.rougeL);
    expect((100 * scores.bleu).toFixed(10)).toBe(of.bleu);
    expect((100 * scores.plainBleu).toFixed(10)).toBe(of.plainBleu);
    expect(scoreSummary(of.written, [of.right], segmenter).rougeL!.toFixed(10)).toBe(of.rougeL);
  });

  it('give a perfect summary 1, and count pairs of words that both have', () => {
    const text = '东岛西港南山';
    expect(scoreSummary(text, [text], pairs)).toEqual({ rouge1: 1, rouge2: 1, rougeL: 1 });
    // 2 of 3 words, and 1 of 2 pairs of them.
    expect(scoreSummary('东岛西港北海', [text], pairs)).toEqual({ rouge1: 2 / 3, rouge2: 1 / 2, rougeL: 2 / 3 });
  });

  it('read the names of a recommendation by the words of the data', () => {
    expect(scoreRecommendation('东岛西港', ['西港东岛'], pairs)).toEqual({ exactMatch: 0, rougeL: 0.5 });
    expect(scoreRecommendation('东岛西港', ['东岛西港'], pairs)).toEqual({ exactMatch: 1, rougeL: 1 });
  });

  it('score summaries that a procedure chooses, and their candidates', async () => {
    const options = { encode: (text: string) => Array.from(text, (_, at) => at % 9), sequenceLength: 32 };
    const writing = { tokens: 8, end: 9, decode: () => '' };
    const split = questions([{ prompt: '东岛西港。南山', answers: ['东岛西港。'] }], options, writing);
    const data: TaskData = {
      objective: 'summarization',
      segmenter: { ...pairs, tokens: (text) => text.match(/\p{L}/gu) ?? [] },
      writing,
      train: split,
      validation: split,
      test: split,
    };
    const evaluator = findEvaluator('lead-sentences');
    const { metrics } = await scoreProcedure({ evaluator, config: {}, data, split: 'validation', seed: 0 });
    // The summary is the document: 4 of its 6 letters are right.
    expect(metrics).toMatchObject({ rouge1: 0.8, bestRouge1: 0.8, averageRouge1: 0.8, rougeL: 0.8 });
  });

  it('count questions that both texts answer as RAGQuestEval does', () => {
    for (const { asked, f1, recall } of vector.quests) {
      const scores = questScores(asked, { tokens: (text) => vector.tokens[text]! });
      expect(scores.f1.toFixed(10)).toBe(f1);
      expect(scores.recall.toFixed(10)).toBe(recall);
    }
  });

  it('leave punctuation out where answers are compared whole', () => {
    const letters: Segmenter = { ...pairs, tokens: (text) => Array.from(text) };
    expect(scoreGrounded('东岛。', ['东岛'], letters).exactMatch).toBe(1);
    expect(scoreGrounded('东岛。', ['东岛'], letters).tokenF1).toBe(0.8);
    expect(nearestAnswer('去东岛。', ['西港', '东岛'], letters)).toEqual({ right: '东岛', shared: ['东', '岛'] });
  });
});

describe('a search by words of Chinese', () => {
  it('scores as bm25s does with the same words', () => {
    const index = new Bm25(vector.documents, { ...usualBm25, termsOf: (text) => vector.terms[text]! });
    const all = vector.documents.map((_, at) => at);
    vector.queries.forEach((query, at) => {
      index.scores(query, all).forEach((score, document) => {
        expect(score).toBeCloseTo(vector.bm25[at]![document]!, 8);
      });
    });
  });
});

describe('places of texts', () => {
  const documents = ['abcdefgh', 'xxcdefyy', 'cdef', 'one two three'];

  it('are the document itself, else the first that has the text, in whole words', () => {
    expect(placesOf(['cdef', 'defg', 'zz'], documents, pairs)).toEqual(
      new Map([
        ['cdef', { document: 2, from: 0, to: 2 }],
        // The text begins and ends within words of the document.
        ['defg', { document: 0, from: 1, to: 4 }],
      ]),
    );
    expect(placesOf(['two three', 'wo'], documents, bySpaces)).toEqual(
      new Map([['two three', { document: 3, from: 1, to: 3 }]]),
    );
  });

  it('are told apart where many texts begin alike, and found at either end', () => {
    const begin = 'the same words stand at the begin of all of these texts';
    const texts = [`${begin} one`, `${begin} two`, 'end'];
    expect([...placesOf(texts, [`x ${begin} two end`], bySpaces).values()]).toEqual([
      { document: 0, from: 1, to: 14 },
      { document: 0, from: 14, to: 15 },
    ]);
  });

  it('make no second document of what one has already', () => {
    expect(libraryOf([{ evidence: ['cdef', 'new'] }], ['abcdefgh'], pairs)).toEqual(['abcdefgh', 'new']);
  });
});

const options = {
  encode: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0) % 128),
  decode: (tokens: readonly number[]) => String.fromCharCode(...tokens),
  sequenceLength: 64,
};
const writing = { tokens: 8, end: 10, decode: options.decode };
const documents = ['甲乙丙丁。戊己庚辛。', '天地玄黄。宇宙洪荒。', '日月盈昃辰宿'];
const split = (examples: Parameters<typeof groundedTexts>[0]) =>
  groundedTexts(examples, { documents, segmenter: pairs }, options, writing);
const asked = split([
  { prompt: '戊己什么', answers: ['庚辛'], evidence: ['戊己庚辛'] },
  { prompt: '宇宙 >> 宇宙洪水', search: '宇宙', answers: ['宇宙洪荒。'], evidence: ['宇宙洪荒。'], request: 'correct' },
  { prompt: '日月', answers: ['盈昃'], evidence: [], request: 'continue' },
]);
const data: TaskData = {
  objective: 'grounded-answers',
  ...{ documents, segmenter: pairs, writing },
  ...{ train: asked, validation: asked, test: asked },
};

/** Writes what a function makes of the prompt, and keeps what it was asked. */
function answeringBy(answer: (prompt: string) => string) {
  const prompts: string[] = [];
  const stops: unknown[] = [];
  const generator: Generator = {
    identity: () => ({ model: 'fixed', sha256: 'a'.repeat(64), reproducible: true }),
    score: async () => null,
    async generate(prompt, { stop }) {
      prompts.push(prompt);
      stops.push(stop);
      return { text: answer(prompt), ended: 'stop', usage: { tokens: { read: 1, written: 1 }, seconds: 0 } };
    },
  };
  return { generator, prompts, stops };
}

const score = (name: string, config: object, generator?: Generator) =>
  scoreProcedure({ evaluator: findEvaluator(name), config, data, split: 'validation', seed: 0, generator });

describe('answers from documents without white space', () => {
  it('are read from passages of so many words, of which recall counts those of the evidence', async () => {
    const { answers } = await score('rag', { reader: 'gold', topK: 1, chunk: 5 });
    expect(answers![0]).toMatchObject({ answer: '庚辛', context: [{ text: '甲乙丙丁。戊己庚辛。', evidence: 0.6 }] });
    // The passage has all three words with a letter of the evidence.
    expect(answers![0]!.scores.evidenceRecall).toBe(1);
    const cut = await score('rag', { reader: 'gold', topK: 1, chunk: 5, contextWords: 3 });
    expect(cut.answers![0]!.context).toMatchObject([{ text: '甲乙丙丁。戊' }]);
    expect(cut.answers![0]!.scores.evidenceRecall).toBe(1 / 3);
  });

  it('have no recall where nobody named the evidence, and the mean is over the others', async () => {
    const { answers, metrics, examples } = await score('closed-book', {}, answeringBy(() => 'x').generator);
    expect(answers!.map(({ scores }) => scores.evidenceRecall)).toEqual([0, 0, undefined]);
    const found = await score('gold-context', { reader: 'gold' });
    expect(found.metrics.evidenceRecall).toBe(1);
    expect(metrics.evidenceRecall).toBe(0);
    expect(Array.from(examples.evidenceRecall!)).toEqual([0, 0, 0]);
    const column = Float64Array.of(1, 0, Number.NaN);
    // A third of the units is unknown: the others weigh 3 / 2.
    expect(evidenceRecall.parts({ evidenceRecall: column })).toEqual({
      value: 0.5,
      examples: Float64Array.of(1.25, -0.25, 0.5),
    });
    expect(evidenceRecall.parts({ evidenceRecall: Float64Array.of(Number.NaN) }).value).toBe(0);
  });

  it('are asked for as the question says, and searched by what it says', async () => {
    const { generator, prompts, stops } = answeringBy(() => '宇宙洪荒。');
    const { answers } = await score('rag', { topK: 1, questionWords: 3 }, generator);
    expect(prompts[0]).toMatch(/^Answer the question in as few words as possible, from the passages alone\./);
    expect(prompts[1]).toMatch(
      /^What stands after >> says something wrong\..*, by what the passages say\. What stands in/,
    );
    expect(prompts[1]).toContain('Passage 1: "天地玄黄。宇宙洪荒。"\n\nText: "宇宙 >>"\nCorrected:');
    expect(prompts[2]).toMatch(/^Write how the text goes on,.*\n\n(?:.*\n)*Text: "日月"\nContinuation:$/);
    expect(stops).toEqual([['\n'], ['\n\n'], ['\n\n']]);
    expect(answers!.map(({ request }) => request)).toEqual([undefined, 'correct', 'continue']);
    const short = answeringBy(() => 'x');
    await score('rag', { topK: 1, prompt: 'short' }, short.generator);
    expect(short.prompts[2]).toBe('1: "日月盈昃辰宿"\nT: "日月"\nC:');
  });

  it('are a whole sentence by the rule, where a text is asked for', () => {
    const passages = ['天地玄黄。宇宙洪荒。'];
    expect(extracted({ question: '宇宙', passages }, pairs)).toBe('洪荒');
    expect(extracted({ question: '宇宙', passages, request: 'summarize' }, pairs)).toBe('宇宙洪荒。');
    expect(quoted('宇宙"洪荒', 2, pairs)).toBe("宇宙'洪");
  });
});

describe('summaries of texts without white space', () => {
  const letters: Segmenter = {
    ...pairs,
    split: (text) => Array.from(text),
    tokens: (text) => text.match(/\p{L}/gu) ?? [],
  };
  const summaries = async (document: string, right: string, name: string, config: object, generator?: Generator) => {
    const split = questions([{ prompt: document, answers: [right] }], options, writing);
    const data: TaskData = {
      ...{ objective: 'summarization', segmenter: letters, writing },
      ...{ train: split, validation: split, test: split },
    };
    const of = { evaluator: findEvaluator(name), config, data, split: 'validation' as const, seed: 0, generator };
    return (await scoreProcedure(of)).answers![0]!;
  };

  it('take sentences and words as the data part them, by lead-sentences', async () => {
    const first = (config: object) => summaries('东岛西港。「南山」北海。', '南', 'lead-sentences', config);
    expect((await first({ sentences: 1 })).answer).toBe('东岛西港。');
    expect((await first({ sentences: 2, documentWords: 8 })).answer).toBe('东岛西港。「南山');
  });

  it('follow plans and choices by their words', async () => {
    const planned = async (document: string, config: object, generator?: Generator) =>
      (
        await summaries(
          document,
          '戊己',
          'plan-guided-summary',
          { writer: 'extract', clauses: 1, ...config },
          generator,
        )
      ).answer;
    // The second and third have 8 of 12 letters each, the first 4; the earlier of equal ones is the better plan.
    const repeated = '戊己庚辛。甲乙丙丁。甲乙丙丁。';
    expect(await planned(repeated, { chooser: 'first' })).toBe('甲乙丙丁。');
    expect(await planned(repeated, { chooser: 'coverage' })).toBe('甲乙丙丁。');
    expect(await planned(repeated, { chooser: 'gold' })).toBe('戊己庚辛。');
    expect(await planned(repeated, { chooser: 'first', planner: 'gold' })).toBe('戊己庚辛。');
    // A letter costs 1, as does the blank before: −6 over 5 words is less likely than −8 over 7.
    const byLength: Generator = {
      ...answeringBy(() => '').generator,
      score: async (_, texts) => ({
        logProbabilities: texts.map((text) => -text.length),
        usage: { tokens: { read: 1, written: 0 }, seconds: 0 },
      }),
    };
    expect(await planned('甲乙丙丁。戊己庚辛壬癸。', { chooser: 'likelihood' }, byLength)).toBe('戊己庚辛壬癸。');
  });

  it('quote no more than so many words of the document', async () => {
    const { generator, prompts } = answeringBy(() => '东岛');
    await summaries('东岛西港。南山', '东岛', 'sampled-summaries', { candidates: 1, documentWords: 3 }, generator);
    expect(prompts).toEqual([expect.stringContaining('\nText: "东岛西"\nSummary:')]);
  });
});

describe('prompts with texts without white space', () => {
  it.each(['prp', 'pointwise', 'listwise'])('hold no more than `words` of each: %s', async (name) => {
    const rows = ['天地玄黄宇宙洪荒', '日月盈昃辰宿列张'].map((text, grade) => ({ text, grade }));
    const split = gradedTexts([{ query: '甲乙丙丁戊己', rows }], { ...options, encode: (text) => [text.length] });
    const { generator, prompts } = answeringBy(() => 'A');
    await scoreProcedure({
      evaluator: findEvaluator(name),
      config: { words: 2 },
      data: { objective: 'ranking', segmenter: pairs, train: split, validation: split, test: split },
      split: 'validation',
      seed: 0,
      generator,
    });
    const shown = prompts.flatMap((prompt) => prompt.match(/\p{Script=Han}+/gu) ?? []);
    expect(new Set(shown)).toEqual(new Set(['甲乙丙丁', '天地玄黄', '日月盈昃']));
  });

  it('hold no more of a passage, and of a question, that entities are asked of', async () => {
    const { generator, prompts } = answeringBy(() => '');
    await score('light-rag', { extractor: 'generator', chunk: 5, overlap: 0, questionWords: 1 }, generator);
    expect(prompts.filter((prompt) => prompt.startsWith('Name, with commas'))[1]).toContain('\nQuestion: "宇宙"\n');
    expect(await byGenerator('天地玄黄', 1, generator, pairs)).toEqual({ entities: [], relations: [] });
    expect(prompts.at(-1)).toContain('\nPassage: "天地"\n');
  });

  it('take words and whole sentences as the data part them', () => {
    const config = { documents: 3, words: 2, filter: 1 };
    const made = (source: 'keywords' | 'first-sentence' | 'generator', written: readonly string[] = []) =>
      writtenQueries(documents, new Set(), { ...config, source }, createRandom(1), { written, segmenter: pairs });
    const first = (document: number) => ['甲乙丙丁', '天地玄黄', '日月盈昃'][document];
    for (const { query, document, kept } of made('first-sentence'))
      expect([query, kept]).toEqual([first(document), true]);
    for (const { query, kept } of made('keywords')) expect([query.length, kept]).toEqual([3, true]);
    expect(made('generator', ['"宇宙洪荒日月"', '', '']).map(({ query }) => query)).toEqual(['宇宙洪荒']);
  });
});

describe('the judge quest-eval', () => {
  it('makes questions of the right answer, and answers them from both texts: three calls', async () => {
    const { generator, prompts } = answeringBy((prompt) => {
      if (prompt.startsWith('Ask')) return '1. 甲在哪？\n- no number\n2) 乙是谁？\n3. 乙是谁？\n4、丁呢？';
      if (prompt.startsWith('Answer each'))
        return prompt.includes('Text: "庚辛"') ? '1. 庚\n2. none\n3. 辛' : '1. 庚\n3. none.\n9. x';
      return '戊';
    });
    const { answers, asked: calls } = await score('rag', { judge: 'quest-eval' }, generator);
    expect(answers![0]!.quest).toEqual({
      f1: 1,
      recall: 0.5,
      questions: [
        { question: '甲在哪？', right: '庚', said: '庚' },
        { question: '乙是谁？', right: null, said: null },
        { question: '丁呢？', right: '辛', said: null },
      ],
    });
    expect(calls.calls).toBe(12);
    expect(
      callsOf({ evaluator: findEvaluator('rag'), config: { judge: 'quest-eval' }, data, split: 'validation' }),
    ).toBe(12);
    expect(prompts[2]).toMatch(/\nText: "庚辛"\nQuestions:\n1\. "甲在哪？"\n2\. "乙是谁？"\n3\. "丁呢？"\nAnswers:\n$/);
  });

  it('says nothing where no question was made, and asks nothing of an answer without a word', async () => {
    const { generator } = answeringBy((prompt) => (prompt.startsWith('Ask') ? 'no number' : ''));
    const { answers, asked: calls } = await score('rag', { judge: 'quest-eval' }, generator);
    expect(answers!.map(({ quest }) => quest)).toEqual([undefined, undefined, undefined]);
    expect(calls.calls).toBe(6);
    const silent = answeringBy((prompt) =>
      prompt.startsWith('Ask') ? '1. 甲？' : prompt.startsWith('Answer each') ? '1. 乙' : ' ',
    );
    const second = await score('rag', { judge: 'quest-eval' }, silent.generator);
    expect(second.answers![0]!.quest).toMatchObject({ f1: 0, recall: 0 });
    expect(second.asked.calls).toBe(9);
  });
});
