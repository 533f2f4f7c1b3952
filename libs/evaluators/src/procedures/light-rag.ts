import type { Segmenter } from '@rankforge/peft';
import { joined, required } from '@rankforge/peft/extension';
import { z } from 'zod';
import { type AnswererInput, type Found, type Statement } from '../slots/answerer.js';
import { askingBy } from '../slots/asking.js';
import { type ChunkConfig, chunkFields, overlapIsLess, passagesOf, tooMuchOverlap } from '../stages/chunk.js';
import { composeFields, within } from '../stages/compose.js';
import {
  byCooccurrence,
  byGenerator,
  extractionPromptWords,
  keywordsByGenerator,
  keywordsByRule,
} from '../stages/extract-graph.js';
import { readerField } from '../stages/generate.js';
import { type Entity, KnowledgeGraph, type Relation } from '../stages/graph.js';
import { encodesTexts, openSearch, retrieverNames, type Search } from '../stages/retrieve.js';
import { answerFrom, answering, answeringFields } from './answering.js';
import { defineProcedure } from './procedure.js';

const config = z
  .strictObject({
    mode: z.enum(['local', 'global', 'hybrid']).default('hybrid').meta({
      description: 'local: from entities of the question. global: from relations that fit it. hybrid: from both.',
    }),
    topK: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .meta({ description: 'Entities, and relations, that are found for a question.' }),
    extractor: z.enum(['cooccurrence', 'generator']).default('cooccurrence').meta({
      description:
        'Who finds entities and relations: a rule, by which names of one sentence are related, or the generator, asked once for each passage.',
    }),
    retriever: z
      .enum(retrieverNames)
      .default('bm25')
      .meta({ description: 'How entities and relations are searched; the paper compares embeddings: dense.' }),
    graphWords: z
      .number()
      .int()
      .min(0)
      .max(100_000)
      .default(64)
      .meta({ description: 'Words of entities and relations that stand before the passages.' }),
    ...chunkFields,
    reader: readerField,
    ...composeFields,
    ...answeringFields,
  })
  .refine(overlapIsLess, tooMuchOverlap);
type Config = z.infer<typeof config>;

const asksForGraph = ({ extractor }: Pick<Config, 'extractor'>): boolean => extractor === 'generator';

/** A graph of entities and relations is searched on two levels, and leads to the passages that it was found in. */
export const lightRag = defineProcedure({
  name: 'light-rag',
  title: 'LightRAG',
  summary:
    'Finds entities and relations in the documents, searches both, and reads the passages where they and their neighbours stand.',
  paper: { title: 'LightRAG: Simple and Fast Retrieval-Augmented Generation', year: 2024, arxiv: '2410.05779' },
  evidence: {
    level: 'partial',
    reason:
      'prompts, the order of passages and how they share the context are chosen here, descriptions are kept as they were said and not summarized, and the rule in place of a generator is not of the paper',
  },
  config,
  part: {
    kind: 'answerer',
    async open(input) {
      const { config } = input;
      const passages = passagesOf(input, config);
      const graph = await graphOf(passages, input);
      const find = await searchGraph(graph, passages, input);
      return async (question) => {
        const { found, statements } = await find(question.search ?? question.question);
        return answerFrom(input, question, { found: within(config.contextWords, found, input.segmenter), statements });
      };
    },
    calls: (config) => answering.calls(config) + Number(asksForGraph(config)),
    callsBefore: (library, config) => (asksForGraph(config) ? passagesOf(library, config).length : 0),
    words: (config) =>
      Math.max(
        answering.words(config, config.contextWords + config.graphWords, 2 * config.topK),
        asksForGraph(config) ? extractionPromptWords + Math.max(config.chunk, config.questionWords) : 0,
      ),
    ...askingBy((config: Config) => [
      ...answering.changes(config),
      asksForGraph(config) && 'its extractor to cooccurrence',
    ]),
    encodes: ({ retriever, chunk }) => (encodesTexts(retriever) ? chunk : 0),
  },
});

type Indexing = Pick<AnswererInput<Pick<Config, 'extractor'> & ChunkConfig>, 'config' | 'generator' | 'asked'> & {
  segmenter?: Segmenter;
};

/** The graph of passages, or that which passages are added to. */
export async function graphOf(
  passages: readonly Pick<Found, 'text'>[],
  { config, generator, asked, segmenter }: Indexing,
  graph = new KnowledgeGraph(),
  first = 0,
): Promise<KnowledgeGraph> {
  for (const [place, { text }] of passages.entries()) {
    if (asksForGraph(config)) {
      asked.calls += 1;
      graph.insert(first + place, await byGenerator(text, config.chunk, required(generator), segmenter));
    } else graph.insert(first + place, byCooccurrence(text));
  }
  return graph;
}

const saidOf = ({ mentions }: Pick<Entity, 'mentions'>): string =>
  [...new Set(mentions.map(({ text }) => text))].join(' ');

/** How little first ranks count above others, as where orders are fused; an item that is one step away has the rank of what led to it, and this besides. */
const RANK_OFFSET = 60;
const STEP_AWAY = 10;

/** Finds what stands before whoever answers a question. */
async function searchGraph(
  graph: KnowledgeGraph,
  passages: readonly Found[],
  { config, generator, asked, encode, segmenter }: AnswererInput<Config>,
): Promise<(question: string) => Promise<{ found: Found[]; statements: Statement[] }>> {
  const { entities, relations } = graph;
  const { mode, topK, retriever } = config;
  const open = (texts: string[]): Promise<Search> => openSearch(retriever, texts, { segmenter, encode });
  const byEntity = mode === 'global' ? undefined : await open(entities.map((one) => `${one.name} ${saidOf(one)}`));
  const relationText = (one: Relation) => `${one.ends.join(' ')} ${one.keywords.join(' ')} ${saidOf(one)}`;
  const byRelation = mode === 'local' ? undefined : await open(relations.map(relationText));
  return async (question) => {
    if (asksForGraph(config)) asked.calls += 1;
    const { low, high } = asksForGraph(config)
      ? await keywordsByGenerator(question, config.questionWords, required(generator), segmenter)
      : keywordsByRule(question);
    const items = new Map<Entity | Relation, number>();
    const add = (item: Entity | Relation, rank: number) =>
      items.set(item, (items.get(item) ?? 0) + 1 / (RANK_OFFSET + rank));
    for (const [at, { place }] of ((await byEntity?.(low, topK)) ?? []).entries()) {
      const entity = entities[place]!;
      add(entity, at + 1);
      for (const relation of graph.relationsOf(entity.name)) {
        add(relation, at + 1);
        for (const end of relation.ends) {
          const other = graph.entity(end)!;
          if (other !== entity) add(other, at + 1 + STEP_AWAY);
        }
      }
    }
    for (const [at, { place }] of ((await byRelation?.(high, topK)) ?? []).entries()) {
      const relation = relations[place]!;
      add(relation, at + 1);
      for (const end of relation.ends) add(graph.entity(end)!, at + 1 + STEP_AWAY);
    }
    const ordered = [...items].sort(([, a], [, b]) => b - a);
    return {
      found: passagesBehind(ordered, passages),
      statements: bounded(
        ordered.map(([item]) => statementOf(item)),
        config.graphWords,
        segmenter,
      ),
    };
  };
}

/** Passages where items were found, those behind more and better items first. */
function passagesBehind(items: readonly (readonly [Entity | Relation, number])[], passages: readonly Found[]): Found[] {
  const scores = new Map<number, number>();
  for (const [{ mentions }, score] of items) {
    for (const passage of new Set(mentions.map((one) => one.passage))) {
      scores.set(passage, (scores.get(passage) ?? 0) + score);
    }
  }
  return [...scores].sort(([a, x], [b, y]) => y - x || a - b).map(([place, score]) => ({ ...passages[place]!, score }));
}

const statementOf = (item: Entity | Relation): Statement =>
  'name' in item
    ? { kind: 'entity', text: `${item.name}: ${saidOf(item)}` }
    : { kind: 'relation', text: `${item.ends.join(' – ')}: ${item.keywords.join(', ')}` };

/** Statements down to so many words in all; the one that goes beyond is cut. */
function bounded(statements: readonly Statement[], words: number, segmenter: Segmenter): Statement[] {
  const taken: Statement[] = [];
  let left = words;
  for (const { kind, text } of statements) {
    const own = segmenter.split(text).slice(0, left);
    if (own.length === 0) break;
    left -= own.length;
    taken.push({ kind, text: joined(own, segmenter) });
  }
  return taken;
}
