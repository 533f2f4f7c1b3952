/**
 * @file Documents of Rankify (arXiv 2502.02464), as PyPI rankify 0.1.4 saves and reads them: `question`, `answers` and `ctxs`, and
 * `reranked_ctxs` where an order was made anew. Its reader takes a context of these five fields and no other, and passes over further
 * fields of a document, such as `prediction`.
 */
import type { AnswerRecord, OrderRecord } from '@rankforge/contracts';

interface Context {
  score: number | null;
  has_answer: boolean;
  id: string;
  text: string;
  title: null;
}

interface Document {
  question: string;
  answers: readonly string[];
  ctxs: readonly Context[];
  reranked_ctxs?: readonly Context[];
  query_id: string;
  /** The answer. */
  prediction?: string;
}

/** Passages that were read are the contexts, by the places of their documents. */
export const rankifyOfAnswers = (answers: readonly AnswerRecord[]): Document[] =>
  answers.map(({ question, right, answer, context }, at) => ({
    question,
    answers: right,
    ctxs: context.map(({ document, text, score = null, hasAnswer = false }) => ({
      ...{ score, has_answer: hasAnswer, id: String(document) },
      ...{ text, title: null },
    })),
    query_id: String(at),
    prediction: answer,
  }));

/** Rows are the contexts, by their places in the order; one that is relevant at all has the answer. */
export const rankifyOfOrders = (orders: readonly OrderRecord[]): Document[] =>
  orders.map(({ query, rows }, at) => {
    const contexts = rows.map(({ text, grade, score }, place) => ({
      ...{ score, has_answer: grade > 0, id: String(place) },
      ...{ text, title: null },
    }));
    const earlier = rows.flatMap(({ before }, place) => (before ? [{ ...before, place, was: before.place }] : []));
    const first = earlier.sort((a, b) => a.was - b.was).map(({ place, score }) => ({ ...contexts[place]!, score }));
    const found = first.length > 0 ? { ctxs: first, reranked_ctxs: contexts } : { ctxs: contexts };
    return { question: query, answers: [], ...found, query_id: String(at) };
  });
