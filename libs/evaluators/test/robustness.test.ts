/** @file Attacks on a small ranker against a script of the paper, and what all examinations have in common. */
import { readFileSync } from 'node:fs';
import {
  bySpaces,
  type Generator,
  gradedTexts,
  methodNames,
  type Random,
  type Segmenter,
  type TaskData,
} from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { partOf as evaluatorPart } from '../src/evaluator.js';
import { findEvaluator } from '../src/registry.js';
import { attacked } from '../src/robustness/attacked.js';
import { Imitation } from '../src/robustness/imitation.js';
import { triggerOf } from '../src/robustness/order-disorder.js';
import { agreementOf, worstOf } from '../src/robustness/ranks.js';
import { examinations } from '../src/robustness/registry.js';
import { readSynonymSets } from '../src/robustness/synonyms.js';
import { bestTrigger, triggersOf } from '../src/robustness/topic-attack.js';
import { add, dot } from '../src/robustness/word-vectors.js';
import { scoreBaseline } from '../src/scoring/baseline.js';
import { scoreRobustness } from '../src/scoring/robustness.js';
import { bm25Victim } from '../src/scoring/victim.js';
import { type ExaminationInput, type ExaminedQuery, type ScoredQuery, type Victim } from '../src/slots/robustness.js';
import { drawnStream } from './support/drawn.js';

type Boost = Record<'boostSuccess' | 'boost' | 'enteredTop', number>;
const orderDisorder = JSON.parse(
  readFileSync(new URL('vectors/robustness/order-disorder.json', import.meta.url), 'utf8'),
) as {
  runs: { seed: number; lists: number; agreement: number; attacks: Record<string, Boost> }[];
  topic: { seed: number; lists: number; groups: { raised: number[]; gained: number[]; best: number }[] };
};

const [WORDS, WIDTH, HIDDEN, ROWS, LENGTH] = [200, 24, 48, 30, 12];
const numbers = (count: number, of: () => number) => Float64Array.from({ length: count }, of);

/** RANK-BOW: a text is a list of words `w0` … `w199`, and the ranker a bilinear form with a small network beside it. */
class World {
  readonly draw: Random;
  private readonly vectors: Float64Array[];
  private readonly form: Float64Array[];
  private readonly hidden: Float64Array[];
  private readonly out: Float64Array;
  readonly words = Array.from({ length: WORDS }, (_, word) => `w${word}`);

  constructor(seed: number) {
    this.draw = drawnStream(seed);
    const rows = (count: number, width: number) =>
      Array.from({ length: count }, () => numbers(width, () => this.draw.normal()));
    const scaled = (all: Float64Array[], scale: number) => all.map((row) => row.map((value) => value * scale));
    this.vectors = scaled(rows(WORDS, WIDTH), 1 / Math.sqrt(WIDTH));
    this.form = scaled(rows(WIDTH, WIDTH), 0.3).map((row, at) => row.map((value, to) => value + Number(at === to)));
    this.hidden = scaled(rows(2 * WIDTH, HIDDEN), 1 / Math.sqrt(WIDTH));
    this.out = numbers(HIDDEN, () => this.draw.normal()).map((value) => (value / Math.sqrt(HIDDEN)) * 0.15);
  }

  readonly of = (word: string) => this.vectors[Number(word.slice(1))];
  readonly query = () => this.text(3);
  readonly documents = () => Array.from({ length: ROWS }, () => this.text(LENGTH));
  readonly imitation = () => new Imitation({ width: WIDTH, words: this.words, of: this.of });

  private text(count: number): string {
    return Array.from({ length: count }, () => `w${this.draw.integer(WORDS)}`).join(' ');
  }

  private sum(text: string): Float64Array {
    const sum = new Float64Array(WIDTH);
    for (const word of text.split(' ')) add(sum, this.of(word)!);
    return sum;
  }

  private direction(query: string): Float64Array {
    return times(this.sum(query), this.form, new Float64Array(WIDTH));
  }

  readonly victim: Victim = {
    scores: async (query, texts) => {
      const direction = this.direction(query);
      const ofQuery = times(this.sum(query), this.hidden, new Float64Array(HIDDEN));
      const ofTexts = this.hidden.slice(WIDTH);
      return Float64Array.from(texts, (text) => {
        const scale = Math.sqrt(text.split(' ').length);
        const e = this.sum(text).map((value) => value / scale);
        const hidden = times(e, ofTexts, ofQuery.slice()).map(Math.tanh);
        return dot(direction, e) + dot(hidden, this.out);
      });
    },
    // The gains of the script are those of the bilinear part alone.
    gains: async ({ query }, words) => {
      const direction = this.direction(query);
      return Float64Array.from(words, (word) => dot(direction, this.of(word)!));
    },
    bounded: (score) => score,
  };
}

/** Adds a row times a matrix, row by row, to a sum. */
function times(row: Float64Array, matrix: readonly Float64Array[], sum: Float64Array): Float64Array {
  for (const [at, value] of row.entries()) add(sum, matrix[at]!, value);
  return sum;
}

async function imitate(world: World, lists: number): Promise<Imitation> {
  const imitation = world.imitation();
  for (let list = 0; list < lists; list++) {
    const [query, texts] = [world.query(), world.documents()];
    imitation.learn(query, texts, await world.victim.scores(query, texts), world.draw);
  }
  return imitation;
}

async function scored(world: World): Promise<ScoredQuery> {
  const [query, texts] = [world.query(), world.documents()];
  return { query, texts, scores: await world.victim.scores(query, texts) };
}

async function several<T>(count: number, of: () => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let at = 0; at < count; at++) made.push(await of());
  return made;
}

/** Means of columns over queries. */
async function boostsOf(examined: AsyncIterable<ExaminedQuery>): Promise<Boost> {
  const all: ExaminedQuery[] = [];
  for await (const one of examined) all.push(one);
  const mean = (name: keyof Boost) => all.reduce((sum, { columns }) => sum + columns[name]!, 0) / all.length;
  return { boostSuccess: mean('boostSuccess'), boost: mean('boost'), enteredTop: mean('enteredTop') };
}

const inputOf = (world: World, queries: readonly ScoredQuery[], random: Random): ExaminationInput<never> => ({
  config: undefined as never,
  queries,
  known: [],
  collection: [world.words.join(' ')],
  segmenter: bySpaces,
  victim: world.victim,
  judge: world.victim,
  generator: undefined,
  synonyms: undefined,
  random,
  learned: { written: { logProbability: 0, words: 0 } },
});

const examination = (name: string) => evaluatorPart(findEvaluator(name), 'robustness')!;

describe('attacks on a small ranker', () => {
  it.for(orderDisorder.runs.map((run) => [run.lists, run.seed, run] as const))(
    'raise documents as the script has it, with an imitation of %i lists, seed %i',
    async ([lists, seed, expected]) => {
      const world = new World(seed);
      const imitation = await imitate(world, lists);
      const held = await several(30, () => scored(world));
      const counts = held.map(({ query, texts, scores }) =>
        agreementOf(
          scores,
          texts.map((text) => imitation.score(query, text)),
        ),
      );
      const sum = (name: 'pairs' | 'alike') => counts.reduce((total, count) => total + count[name], 0);
      expect(sum('alike') / sum('pairs')).toBeCloseTo(expected.agreement, 9);

      const queries = await several(60, () => scored(world));
      const settings = { length: 3, documents: 5, top: 10, tries: 1, naturalness: 0 };
      for (const [name, boosts] of Object.entries(expected.attacks)) {
        const input = inputOf(world, queries, drawnStream(1000 + seed));
        const config = settings as never;
        const made =
          name === 'order-disorder'
            ? attacked(input, settings, (pair) => triggerOf(imitation, pair, { ...input, config }))
            : examination(name).examine({ ...input, config });
        const found = await boostsOf(made);
        for (const column of Object.keys(boosts) as (keyof Boost)[]) {
          expect(found[column], `${name} ${column}`).toBeCloseTo(boosts[column], 9);
        }
      }
    },
  );

  it('succeed more often than chance, and gain more with more lists', () => {
    const mean = (lists: number, name: string, column: keyof Boost) => {
      const runs = orderDisorder.runs.filter((run) => run.lists === lists);
      return runs.reduce((sum, { attacks }) => sum + attacks[name]![column], 0) / runs.length;
    };
    for (const lists of [20, 200, 1000]) {
      expect(mean(lists, 'order-disorder', 'boostSuccess')).toBeGreaterThanOrEqual(0.9);
      expect(mean(lists, 'order-disorder', 'boostSuccess')).toBeGreaterThan(
        mean(lists, 'random-trigger', 'boostSuccess') + 0.3,
      );
    }
    const boosts = [20, 200, 1000].map((lists) => mean(lists, 'order-disorder', 'boost'));
    expect(boosts).toEqual(boosts.toSorted((a, b) => a - b));
  });

  it('raise a document for a group at least as often as the best trigger for one of its queries', async () => {
    const { seed, lists, groups } = orderDisorder.topic;
    const world = new World(seed);
    const imitation = await imitate(world, lists);
    for (const { raised, gained, best } of groups) {
      const shared = [world.draw.integer(WORDS), world.draw.integer(WORDS)].map((word) => `w${word}`);
      const queries = await several(5, async () => {
        const query = [...shared, `w${world.draw.integer(WORDS)}`].join(' ');
        const texts = world.documents();
        return { query, texts, scores: await world.victim.scores(query, texts) };
      });
      const triggers = triggersOf(
        imitation,
        queries.map(({ query }) => imitation.query(query)),
        3,
      );
      const text = queries[0]!.texts[worstOf(queries[0]!.scores, 1)[0]!]!;
      const { words, places } = await bestTrigger(triggers, [0, 1, 2, 3, 4], text, { queries, victim: world.victim });
      expect(words).toEqual(triggers[best]);
      expect(places.filter(({ before, after }) => after < before).length).toBe(raised[best]);
      expect(places.reduce((sum, { before, after }) => sum + before - after, 0)).toBe(gained[best]);
      expect(raised[best]).toBeGreaterThanOrEqual(Math.max(...raised.slice(1)));
    }
  });
});

const encode = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
const split = (...asked: [query: string, ...rows: [text: string, grade: number, lost?: boolean][]][]) =>
  gradedTexts(
    asked.map(([query, ...rows]) => ({ query, rows: rows.map(([text, grade, lost]) => ({ text, grade, lost })) })),
    { encode, sequenceLength: 8 },
  );
const data: TaskData = {
  objective: 'ranking',
  train: split(
    ['harpoon', ['a harpoon of steel', 1], ['the sea at night', 0]],
    ['white sea', ['a ship', 0], ['the sea', 1]],
  ),
  validation: split(
    ['white whale', ['the white whale swims', 1], ['whale after whale', 1], ['a ship', 0], ['steel and iron', 0]],
    ['ship at sea', ['a ship at night', 1], ['the sea and the ship', 1], ['a harpoon', 0], ['lost', 1, true]],
  ),
  test: split(['steel', ['a ship', 0], ['a harpoon of steel', 1], ['the sea at night', 0]]),
};
const synonyms = readSynonymSets(
  'ship boat vessel\nsteel iron metal\nnight evening\nsea ocean water\nharpoon spear lance',
);
const examine = (name: string, config: object = {}, more: object = {}) =>
  scoreRobustness({
    evaluator: findEvaluator(name),
    config: { victim: 'bm25', ...config },
    data,
    split: 'validation',
    seed: 0,
    synonyms,
    ...more,
  });

/** Examinations whose boosts are of other queries as well. */
const ofGroups = new Set(['topic-attack']);

const small: Record<string, object> = { certdr: { k: 2, samples: 50 } };

describe.each(examinations.filter(({ part }) => part.kind === 'robustness'))('$name', ({ name }) => {
  it('scores every query, asks no more than it says, and gives the same again', async () => {
    const first = await examine(name, small[name]);
    const part = examination(name);
    const config = findEvaluator(name).config.parse({ victim: 'bm25', ...small[name] });
    expect(first.examined.queries).toBe(2);
    expect(first.examined.questions).toBeLessThanOrEqual(part.questions(config));
    for (const column of ['ndcg@10', 'boostSuccess', 'boost', 'enteredTop', 'cleanNdcg@10']) {
      expect(first.examples[column]!.length, column).toBe(2);
    }
    expect(await examine(name, small[name])).toEqual(first);
    expect(first.places).toMatchObject({ documents: 'attacked', units: 2, first: [{ of: 1 }, { of: 1 }] });
    const gained = first.places.first.map(({ rows: [row] }) => row!.before! - row!.place);
    if (!ofGroups.has(name)) expect(gained).toEqual(Array.from(first.examples.boost!));
  });

  it('examines the first queries alone where it is told so', async () => {
    const { examined, examples } = await examine(name, { ...small[name], queries: 1 });
    expect(examined.queries).toBe(1);
    expect(examples['ndcg@10']!.length).toBe(1);
  });

  it('has a name that no method has, and asks for a ranker', async () => {
    const evaluator = findEvaluator(name);
    expect(methodNames).not.toContain(name);
    expect(evaluator.purposes).toEqual(['evaluate']);
    expect(() => scoreBaseline({ evaluator, config: {}, data, split: 'test', seed: 0 })).toThrow(
      'it examines a ranker',
    );
    await expect(examine(name, { ...small[name], victim: 'trained' })).rejects.toThrow(
      `${name} examines a finished training, and none was given`,
    );
  });
});

describe('an examination', () => {
  it('leaves the order of BM25 where nothing is attacked', async () => {
    const { metrics, examined, places } = await examine('no-attack');
    const bm25 = scoreBaseline({ evaluator: findEvaluator('bm25'), config: {}, data, split: 'validation', seed: 0 });
    expect(metrics['ndcg@10']).toBe(bm25.metrics['ndcg@10']);
    expect(metrics).toMatchObject({ boostSuccess: 0, boost: 0, 'cleanNdcg@10': bm25.metrics['ndcg@10'] });
    expect(examined.questions).toBe(0);
    // The last of four rows, and of three where a search lost the fourth.
    expect(places.first).toEqual([
      { size: 4, of: 1, rows: [{ before: 3, place: 3 }] },
      { size: 3, of: 1, rows: [{ before: 3, place: 3 }] },
    ]);
  });

  it('keeps places of a query in its own order where an attack is on a group of queries', async () => {
    // Ranks long texts first for one query and short ones for the other, so that one word more counts whatever it is.
    const sign = (query: string) => (query === 'white whale' ? 1 : -1);
    const victim: Victim = {
      scores: async (query, texts) => Float64Array.from(texts, (text) => sign(query) * text.split(' ').length),
      gains: () => Promise.reject(new Error('nobody asks')),
      bounded: (score) => score,
    };
    const { places } = await examine('topic-attack', { edits: 1 }, { victim });
    // Of 4, 3, 2 and 3 words the text of two comes to three, and shares the second place; that of five stays behind four and two.
    expect(places.first).toEqual([
      { size: 4, of: 1, rows: [{ before: 4, place: 2 }] },
      { size: 3, of: 1, rows: [{ before: 3, place: 3 }] },
    ]);
  });

  it('raises a document by the words of the query, and lowers the order that it is in', async () => {
    const { metrics } = await examine('query-copy', { top: 2 });
    expect(metrics).toMatchObject({ boostSuccess: 1, enteredTop: 1 });
    expect(metrics['ndcg@10']).toBeLessThan(metrics['cleanNdcg@10']!);
  });

  it('finds the words of the query by gradients, in the order of their gain', async () => {
    const { metrics } = await examine('white-box', { tries: 1, length: 2 });
    expect(metrics.boostSuccess).toBe(1);
  });

  it('searches, copies and inserts words as the data part them, and certifies none that no white space parts', async () => {
    const letters: Segmenter = {
      ...{ name: 'letters', split: (text) => Array.from(text), between: '', sentenceEnd: /(?<=。)/ },
      terms: (text) => text.match(/\p{L}/gu) ?? [],
    };
    const validation = split(['鲸鱼', ['船只', 0], ['钢铁', 0], ['海里有鲸鱼', 1]]);
    const more = { data: { ...data, segmenter: letters, validation } };
    for (const name of ['query-copy', 'white-box']) {
      const { metrics } = await examine(name, { length: 2, top: 1 }, more);
      // Both letters of the query before a text of two make it the shortest with both.
      expect(metrics, name).toMatchObject({ 'cleanNdcg@10': 1, enteredTop: 1 });
    }
    await expect(examine('certdr', small.certdr, more)).rejects.toThrow(
      'words of the data are those of letters: nothing would be replaced, and all of it certified',
    );
  });

  it('gains by each word what a text with it scores, where words have several terms', async () => {
    // Jieba cuts for a search so: a word, and the shorter words in it.
    const parts: Record<string, string[]> = { 中华人民共和国: ['中华', '人民', '共和', '共和国', '中华人民共和国'] };
    const ofSearch: Segmenter = {
      ...{ name: 'parts', split: (text) => text.split(' '), between: '', sentenceEnd: /(?<=。)/ },
      terms: (text) => text.split(' ').flatMap((word) => parts[word] ?? [word]),
    };
    const victim = bm25Victim(['人民 北京', '上海 天津 重庆', '北京'], ofSearch);
    const [query, text] = ['人民 北京', '上海 天津'];
    const words = ['中华人民共和国', '重庆', '北京', '广州'];
    const gains = await victim.gains({ query, before: [], text }, words);
    const [plain, ...scores] = await victim.scores(query, [text, ...words.map((word) => `${word} ${text}`)]);
    expect(Array.from(gains)).toEqual(scores.map((score) => score - plain!));
    expect(gains[0]).toBeGreaterThan(0);
  });

  it('asks a generator for words, and needs its probabilities', async () => {
    const usage = { tokens: null, seconds: 0 };
    const generator = (logProbabilities: ((count: number) => number[]) | null): Generator => ({
      identity: () => ({ model: 'fixed', sha256: 'a'.repeat(64), reproducible: true }),
      generate: () => Promise.reject(new Error('it is scored')),
      score: async (_, all) => logProbabilities && { logProbabilities: logProbabilities(all.length), usage },
    });
    const config = { naturalness: 1, length: 2, imitationLists: 5 };
    const learned = (
      await examine('order-disorder', config, { generator: generator((count) => Array(count).fill(-2)) })
    ).learned;
    expect(learned.written).toEqual({ logProbability: -2 * 2 * 2, words: 4 });
    expect(learned.agreement).toBeGreaterThanOrEqual(0);
    await expect(examine('order-disorder', config, { generator: generator(null) })).rejects.toThrow('fixed gives none');
    await expect(examine('order-disorder', config)).rejects.toThrow('the trial names none');
  });

  it('certifies less the more words may be replaced, and nothing without synonyms', async () => {
    const shares = [];
    for (const edits of [0, 1, 3]) {
      const { metrics } = await examine('certdr', { k: 2, samples: 4000, edits });
      shares.push(metrics.certified!);
    }
    expect(shares[0]).toBeGreaterThan(0);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    await expect(examine('certdr', { k: 2 }, { synonyms: undefined })).rejects.toThrow('none was given');
  });

  it('refuses data whose units are no queries with rows', async () => {
    const windows = partOf<TaskData>({ ...data, validation: { ...data.validation, queries: undefined } });
    await expect(examine('no-attack', {}, { data: windows })).rejects.toThrow('orders the rows of queries');
  });
});
