/**
 * @file Documents of Rankify (arXiv 2502.02464), as `Dataset.save_dataset(…, save_text=True)` of PyPI rankify 0.1.4 writes them: a list in .json, or
 * a line for each in .jsonl, of `question`, `answers` and `ctxs`, contexts with `score`, `has_answer`, `id`, `title` and `text`; and
 * `reranked_ctxs`, the same in another order. A table of them has a row for each context, or for each question where no column of
 * contexts is wanted.
 */
import { z } from 'zod';
import { DatasetError } from '../dataset-error.js';
import type { Row, Source, Table } from '../source.js';
import { openJsonLines } from './jsonl.js';
import { wholeJson } from './whole-json.js';

const ofQuestions = ['prompt', 'answers', 'evidence', 'question-id'] as const;
const ofContexts = ['query', 'text', 'grade', 'id', 'title', 'score', 'rank', 'reranked'] as const;

const Id = z.union([z.string(), z.number()]).nullish();
const Context = z.object({
  text: z.string().nullish(),
  title: z.string().nullish(),
  id: Id,
  score: z.number().nullish(),
  has_answer: z.boolean().nullish(),
});
type Context = z.infer<typeof Context>;
const Contexts = z.array(Context, 'expected a list of contexts');
const Document = z.object({
  question: z.string('expected a text').min(1, 'expected a text'),
  answers: z.array(z.union([z.string(), z.number()]), 'expected a list of texts').default([]),
  ctxs: Contexts.min(1, 'expected contexts, got none: retrieve before the data set is saved'),
  reranked_ctxs: Contexts.optional(),
  query_id: Id,
});
type Document = z.infer<typeof Document>;

/** @throws DatasetError (while rows are read) naming the document and the field */
export async function openRankify(source: Source, wanted?: readonly string[]): Promise<Table> {
  const perContext = wanted?.some((column) => (ofContexts as readonly string[]).includes(column)) ?? true;
  async function* rows(): AsyncGenerator<Row> {
    for await (const { where, value } of documentsIn(source)) {
      const document = checked(value, where, source);
      const cells = questionCells(document, where, source);
      if (!perContext) yield { where, cells };
      else yield* contextRows(document, { where, source, cells });
    }
  }
  return { columns: () => (perContext ? [...ofQuestions, ...ofContexts] : ofQuestions), rows: rows() };
}

async function* documentsIn(source: Source): AsyncGenerator<{ where: string; value: unknown }> {
  if (/\.(jsonl|ndjson)$/i.test(source.name)) {
    for await (const { where, cells } of (await openJsonLines(source)).rows) yield { where, value: cells };
    return;
  }
  const value = await wholeJson(source);
  if (!Array.isArray(value)) {
    throw new DatasetError(source.name, undefined, '/file', 'expected a list of documents as Rankify saves it');
  }
  for (const [index, one] of value.entries()) yield { where: `document ${index + 1}`, value: one };
}

function checked(value: unknown, where: string, { name }: Source): Document {
  const { data, error } = Document.safeParse(value);
  if (data) return data;
  const [{ path, message }] = error.issues as [(typeof error.issues)[number]];
  const [key] = path;
  const missing = key !== undefined && typeof value === 'object' && value !== null && !Object.hasOwn(value, key);
  const field = path.length > 0 ? `"${path.join('.')}"${missing ? ' is missing' : ''}: ` : '';
  throw new DatasetError(name, where, '/file', `${field}${message}`);
}

/** Title and text of a context, as Rankify shows it to models. */
function textOf({ title, text, id }: Context, where: string, { name }: Source): string {
  if (text?.trim()) return [title, text].filter((part) => part?.trim()).join('\n');
  const problem = `context ${id ?? ''} has no text; save the data set with save_text=True`.replace('  ', ' ');
  throw new DatasetError(name, where, '/file', problem);
}

function questionCells({ question, answers, ctxs, query_id }: Document, where: string, source: Source): Row['cells'] {
  const evidence = ctxs.filter(({ has_answer }) => has_answer).map((one) => textOf(one, where, source));
  return {
    prompt: question,
    query: question,
    answers: answers.map(String),
    evidence: [...new Set(evidence)],
    'question-id': query_id ?? '',
  };
}

function* contextRows(
  { ctxs, reranked_ctxs = [] }: Document,
  { where, source, cells }: { where: string; source: Source; cells: Row['cells'] },
): Generator<Row> {
  const places = new Map(reranked_ctxs.map(({ id }, place) => [id, place + 1]));
  for (const [index, context] of ctxs.entries()) {
    const { id, title, score, has_answer } = context;
    yield {
      where: `${where}, context ${index + 1}`,
      cells: {
        ...cells,
        text: textOf(context, where, source),
        grade: Number(has_answer ?? false),
        id: id ?? '',
        title: title ?? '',
        score: score ?? '',
        rank: index + 1,
        reranked: places.get(id) ?? '',
      },
    };
  }
}
