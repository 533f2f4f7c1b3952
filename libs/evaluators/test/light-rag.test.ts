/**
 * @file LightRAG: its graph, how it grows, and what its levels find in documents that are made from a known graph; beside what PyPI lightrag-hku
 * makes of the same extractions (oracle/procedures/light-rag.py).
 */
import { readFileSync } from 'node:fs';
import { type Generator, groundedTexts, type TaskData } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { graphOf } from '../src/procedures/light-rag.js';
import { findEvaluator } from '../src/registry.js';
import { callsOf, scoreProcedure } from '../src/scoring/procedure.js';
import { byCooccurrence, namesOf, readLines } from '../src/stages/extract-graph.js';
import { KnowledgeGraph } from '../src/stages/graph.js';

const people = ['Alma Reed', 'Boris Lund', 'Clara Voss', 'Dario Finch', 'Edda Krohn', 'Felix Marsh'];
const firms = ['Northwind', 'Bluefin', 'Kestrel', 'Larkspur', 'Meridian', 'Quarry'];
const cities = ['Oslo', 'Lima', 'Quito', 'Cairo', 'Porto', 'Turin'];

/** Two sentences of different documents lead from a person to a city. */
const documents = people.flatMap((person, at) => [
  `${person} works for ${firms[at]} and likes the quiet there.`,
  `${firms[at]} has its main office in ${cities[at]} near the river.`,
  `The weather was fine that day and the office was quiet near the river, which everybody likes who works there ${at} days.`,
]);
const questions = people.map((person, at) => ({
  prompt: `In which city is the office where ${person} works?`,
  answers: [cities[at]!],
  evidence: [documents[3 * at]!, documents[3 * at + 1]!],
}));
const options = {
  encode: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0)),
  decode: (tokens: readonly number[]) => String.fromCharCode(...tokens),
  sequenceLength: 64,
};
const writing = { tokens: 8, end: 10, decode: options.decode };
function dataOf(documents: string[], questions: { prompt: string; answers: string[]; evidence: string[] }[]): TaskData {
  const split = groundedTexts(questions, { documents }, options, writing);
  return { objective: 'grounded-answers', documents, writing, train: split, validation: split, test: split };
}
const data = dataOf(documents, questions);
const score = (name: string, config: object, generator?: Generator) =>
  scoreProcedure({ evaluator: findEvaluator(name), config, data, split: 'test', seed: 0, generator });

const saying = (answer: (prompt: string) => string): Generator => ({
  identity: () => ({ model: 'fixed', sha256: 'a'.repeat(64), reproducible: true }),
  score: async () => null,
  generate: async (prompt) => ({ text: answer(prompt), ended: 'stop', usage: { tokens: null, seconds: 0 } }),
});

/** A graph without the order in which it was made. */
const contents = ({ entities, relations }: KnowledgeGraph) => ({
  entities: entities
    .map(({ name, mentions }) => ({ name, mentions: mentions.map((one) => JSON.stringify(one)).sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1)),
  relations: relations
    .map(({ ends, keywords, mentions }) => ({
      ends,
      keywords: keywords.toSorted(),
      mentions: mentions.map((one) => JSON.stringify(one)).sort(),
    }))
    .sort((a, b) => (a.ends.join() < b.ends.join() ? -1 : 1)),
});

const indexing = (more: object = {}) => ({
  config: { extractor: 'cooccurrence' as const, chunk: 64, overlap: 0 },
  generator: undefined,
  asked: { calls: 0 },
  ...more,
});
const passages = documents.map((text) => ({ text }));

describe('a graph', () => {
  it('that grows by further passages is the graph that is made of all', async () => {
    const whole = await graphOf(passages, indexing());
    for (const first of [1, 7, 17]) {
      const part = await graphOf(passages.slice(0, first), indexing());
      expect(contents(await graphOf(passages.slice(first), indexing(), part, first))).toEqual(contents(whole));
    }
    const reversed = new KnowledgeGraph();
    for (const [place, { text }] of [...passages.entries()].reverse()) reversed.insert(place, byCooccurrence(text));
    expect(contents(reversed)).toEqual(contents(whole));
  });

  it('is not changed by what it has already', async () => {
    const whole = await graphOf(passages, indexing());
    const twice = await graphOf(passages, indexing(), await graphOf(passages, indexing()));
    expect(contents(twice)).toEqual(contents(whole));
  });

  it('has the names of the documents, and relates those of one sentence', async () => {
    const graph = await graphOf(passages, indexing());
    expect(graph.entities.map(({ name }) => name).sort()).toEqual([...people, ...firms, ...cities].sort());
    expect(graph.relations.length).toBe(12);
    expect(graph.relationsOf('northwind').map(({ ends }) => ends)).toEqual([
      ['alma reed', 'northwind'],
      ['northwind', 'oslo'],
    ]);
    expect(graph.entity('ALMA  reed')!.mentions).toEqual([{ passage: 0, text: documents[0] }]);
  });

  it.each([
    ['The Pequod met Captain Boomer there.', ['Pequod', 'Captain Boomer']],
    ['It was Moby Dick, and then Moby Dick again.', ['Moby Dick']],
    ['nothing here', []],
  ])('takes the names of "%s" by its capitals', (sentence, names) => {
    expect(namesOf(sentence)).toEqual(names);
  });

  it('takes lines of a generator, and leaves out what is none', () => {
    const text =
      'Sure!\nentity | Ahab | a captain\nrelation | Ahab | Pequod | Command, ship | leads it\nentity | x\nrelation | a | b |  | c';
    expect(readLines(text)).toEqual({
      entities: [{ name: 'Ahab', text: 'a captain' }],
      relations: [{ source: 'Ahab', target: 'Pequod', keywords: ['command', 'ship'], text: 'leads it' }],
    });
  });

  it('takes names without the quotes around them, as lightrag-hku does', () => {
    const text = `entity | "Ahab" | a captain\nrelation | “Ahab” | the 'Pequod' | ship | leads it\nentity | "" | nothing`;
    expect(readLines(text)).toEqual({
      entities: [
        { name: 'Ahab', text: 'a captain' },
        { name: '""', text: 'nothing' },
      ],
      relations: [{ source: 'Ahab', target: "the 'Pequod'", keywords: ['ship'], text: 'leads it' }],
    });
  });
});

describe('light-rag', () => {
  const recall = async (name: string, config: object) =>
    (await score(name, { reader: 'gold', ...config })).metrics.evidenceRecall!;

  it('finds both documents of a question of two steps within words that passages alone do not', async () => {
    const budget = { contextWords: 20 };
    const [graph, chunks] = await Promise.all([
      recall('light-rag', { mode: 'local', topK: 1, ...budget }),
      recall('rag', { topK: 4, ...budget }),
    ]);
    expect(graph).toBe(1);
    expect(chunks).toBeLessThan(0.75);
  });

  it('finds no less by both levels than by either, before anything is cut', async () => {
    for (const topK of [1, 2, 5]) {
      const whole = { topK, contextWords: 10_000 };
      const [local, global, hybrid] = await Promise.all(
        ['local', 'global', 'hybrid'].map((mode) => recall('light-rag', { mode, ...whole })),
      );
      expect(hybrid, `${topK} items`).toBeGreaterThanOrEqual(Math.max(local!, global!));
    }
  });

  it('keeps the entities and relations that led to the passages, within their words', async () => {
    const { answers, metrics } = await score('light-rag', { reader: 'gold', mode: 'local', topK: 1, graphWords: 30 });
    const { statements } = answers![0]!;
    expect(statements!.slice(0, 2)).toEqual([
      { kind: 'entity', text: `Alma Reed: ${documents[0]}` },
      { kind: 'relation', text: 'alma reed – northwind: works, likes, quiet' },
    ]);
    expect(statements!.flatMap(({ text }) => text.split(' '))).toHaveLength(30);
    expect(metrics.exactMatch).toBe(1);
  });

  it('asks a generator for each passage before the first question, and twice for each question', async () => {
    const prompts: string[] = [];
    const generator = saying((prompt) => {
      prompts.push(prompt);
      return said(prompt);
    });
    const of = {
      evaluator: findEvaluator('light-rag'),
      config: { extractor: 'generator', topK: 1, mode: 'local' },
      data,
    };
    const { asked, answers, metrics } = await score('light-rag', of.config, generator);
    expect(asked.calls).toBe(documents.length + 2 * people.length);
    expect(callsOf({ ...of, split: 'test' })).toBe(asked.calls);
    expect(prompts[0]).toContain(`Passage: "${documents[0]}"\nLines:\n`);
    expect(answers![0]!.context.map(({ document }) => document)).toEqual([0, 1]);
    expect(metrics).toMatchObject({ exactMatch: 1, evidenceRecall: 1 });
  });
});

/** Reads templates, as a generator that understands them would. */
function said(prompt: string): string {
  const works = /Passage: "(\S+ \S+) works for (\w+)/.exec(prompt);
  if (works) return `entity | ${works[1]} | works\nrelation | ${works[1]} | ${works[2]} | work | works for it`;
  const office = /Passage: "(\w+) has its main office in (\w+)/.exec(prompt);
  if (office) return `relation | ${office[1]} | ${office[2]} | office | has its office there`;
  const asked = /Question: "In which city is the office where (\S+ \S+) works\?"/.exec(prompt)?.[1];
  if (asked && prompt.includes('low: …')) return `low: ${asked}\nhigh: office`;
  return asked ? cities[people.indexOf(asked)]! : '';
}

type Mode = 'local' | 'global' | 'hybrid';
interface Told {
  entities: { name: string; documents: number[] }[];
  relations: { ends: [string, string]; documents: number[] }[];
}
const vector = JSON.parse(readFileSync(new URL('vectors/procedures/light-rag.json', import.meta.url), 'utf8')) as {
  topK: number;
  buckets: number;
  documents: { text: string; entities: string[][]; relations: string[][] }[];
  names: string[];
  graph: Told;
  batched: Told;
  questions: {
    question: string;
    low: string[];
    high: string[];
    evidence: number[];
    contexts: Record<Mode, { entities: string[]; relations: string[][]; documents: number[] }>;
  }[];
};

describe('light-rag beside lightrag-hku', () => {
  const texts = vector.documents.map(({ text }) => text);
  const passages = texts.map((text) => ({ text }));
  /** Says what the package was told, in the forms of the prompts here. */
  const generator = saying((prompt) => {
    const passage = vector.documents.find(({ text }) => prompt.includes(`Passage: "${text}"`));
    const asked = vector.questions.find(({ question }) => prompt.includes(`Question: "${question}"`));
    if (!passage) return `low: ${asked!.low.join(', ')}\nhigh: ${asked!.high.join(', ')}`;
    const { entities, relations } = passage;
    const lines = [...entities.map((one) => ['entity', ...one]), ...relations.map((one) => ['relation', ...one])];
    return lines.map((line) => line.join(' | ')).join('\n');
  });
  const byGenerator = indexing({ generator, config: { ...indexing().config, extractor: 'generator' } });

  const documentsOf = (mentions: readonly { passage: number }[]) =>
    [...new Set(mentions.map(({ passage }) => passage))].sort((a, b) => a - b);
  const inOrder = (a: string, b: string) => (a < b ? -1 : 1);
  const told = ({ entities, relations }: KnowledgeGraph): Told => ({
    entities: entities
      .map(({ name, mentions }) => ({ name: name.toLowerCase(), documents: documentsOf(mentions) }))
      .sort((a, b) => inOrder(a.name, b.name)),
    relations: relations
      .map(({ ends, mentions }) => ({ ends: [...ends] as [string, string], documents: documentsOf(mentions) }))
      .sort((a, b) => inOrder(a.ends.join('\0'), b.ends.join('\0'))),
  });

  it('makes the same graph, at once and in two batches', async () => {
    expect(told(await graphOf(passages, byGenerator))).toEqual(vector.graph);
    const later = await graphOf(passages.slice(7), byGenerator, new KnowledgeGraph(), 7);
    expect(told(await graphOf(passages.slice(0, 7), byGenerator, later))).toEqual(vector.batched);
  });

  it('takes names in other letters for one, which are two there', async () => {
    const { entities } = await graphOf(passages, byGenerator);
    const northwind = (names: string[]) => names.filter((name) => name.toLowerCase() === 'northwind');
    expect(northwind(vector.names)).toEqual(['NORTHWIND', 'Northwind']);
    expect(northwind(entities.map(({ name }) => name))).toEqual(['Northwind']);
  });

  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const lower = (names: string[]) => [...new Set(names.map((name) => name.toLowerCase()))];
  /** Entities, relations and documents in the context of each question. */
  type Contexts = string[][][];
  const sizes = (contexts: Contexts) => [0, 1, 2].map((kind) => mean(contexts.map((found) => found[kind]!.length)));
  const recall = (contexts: Contexts) =>
    mean(
      vector.questions.map(({ evidence }, at) =>
        mean(evidence.map((one) => Number(contexts[at]![2]!.includes(String(one))))),
      ),
    );
  const contextsThere = (mode: Mode): Contexts =>
    vector.questions.map(({ contexts }) => {
      const { entities, relations, documents } = contexts[mode];
      const ends = relations.map((pair) => pair.map((end) => end.toLowerCase()).sort());
      return [lower(entities), lower(ends.map((pair) => pair.join(' – '))), documents.map(String)];
    });

  async function contextsHere(mode: Mode, retriever: string): Promise<Contexts> {
    const words = { contextWords: 1000, graphWords: 1000 };
    const { answers } = await scoreProcedure({
      evaluator: findEvaluator('light-rag'),
      config: { extractor: 'generator', reader: 'gold', retriever, mode, topK: vector.topK, ...words },
      data: dataOf(
        texts,
        vector.questions.map(({ question, evidence }) => ({
          prompt: question,
          answers: ['unknown'],
          evidence: evidence.map((at) => texts[at]!),
        })),
      ),
      split: 'test',
      seed: 0,
      generator,
      encode: async (texts) => texts.map(embedded),
    });
    return answers!.map(({ context, statements }) => {
      const named = (kind: string) =>
        lower(statements!.filter((one) => one.kind === kind).map(({ text }) => text.slice(0, text.indexOf(':'))));
      return [named('entity'), named('relation'), context.map(({ document }) => String(document))];
    });
  }

  it.each([
    ['local', [1, 2.125, 1.875], 0.6875],
    ['global', [3.25, 1.75, 6], 0.75],
    ['hybrid', [3.75, 3.25, 6.375], 0.875],
  ] as const)('has documented figures of the package in mode %s', (mode, counts, share) => {
    const there = contextsThere(mode);
    expect(sizes(there)).toEqual(counts);
    expect(recall(there)).toBe(share);
  });

  it.each([
    ['local', 'bm25'],
    ['local', 'dense'],
    ['global', 'bm25'],
    ['global', 'dense'],
    ['hybrid', 'bm25'],
    ['hybrid', 'dense'],
  ] as const)('finds every document in mode %s by %s that the package finds', async (mode, retriever) => {
    const [here, there] = [await contextsHere(mode, retriever), contextsThere(mode)];
    const missing = (kind: number) =>
      there.flatMap((kinds, at) => kinds[kind]!.filter((one) => !here[at]![kind]!.includes(one)));
    expect(missing(2)).toEqual([]);
    // By the package's own embedding entities and relations are found too; words choose otherwise.
    if (retriever === 'dense') expect([missing(0), missing(1)]).toEqual([[], []]);
    expect(recall(here)).toBeGreaterThanOrEqual(recall(there));
    const asManyAsThere = here.map(([entities, relations, documents], at) => [
      entities!,
      relations!,
      documents!.slice(0, there[at]![2]!.length),
    ]);
    expect(recall(asManyAsThere)).toBeGreaterThanOrEqual(recall(there));
  });

  /** The embedding of the script: words, counted in buckets of a hash. */
  function embedded(text: string): Float32Array {
    const row = new Float32Array(vector.buckets);
    for (const [word] of text.toLowerCase().matchAll(/[a-z0-9]+/g)) {
      let at = 0;
      for (const letter of word) at = (at * 31 + letter.charCodeAt(0)) % vector.buckets;
      row[at]! += 1;
    }
    const length = Math.hypot(...row);
    return row.map((value) => value / (length || 1));
  }
});
