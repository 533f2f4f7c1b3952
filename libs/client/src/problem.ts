/** @file Refusals as RFC 9457 says them. */
import type { Problem } from './api.generated.js';

/** A refusal of the API, or of what stands before it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(readonly problem: Problem) {
    super([`${problem.status} ${problem.title}`, ...(problem.detail ? [problem.detail] : [])].join(': '));
  }
}

interface Answer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/**
 * The data of an answer.
 *
 * @throws ProblemError with the problem that was answered
 * @example const sweep = dataOf(await api.GET('/v1/sweeps/{id}', { params: { path: { id } } }));
 */
export function dataOf<T>(answer: Answer & { data?: T }): T {
  const problem = problemOf(answer);
  if (problem) throw new ProblemError(problem);
  return answer.data as T;
}

/** The problem that was answered, if one was. What stands between may refuse in a form of its own: it is put into that of one. */
export function problemOf({ error, response }: Answer): Problem | undefined {
  if (response.ok) return undefined;
  const { title, status } = (error ?? {}) as Partial<Problem>;
  if (typeof title === 'string' && typeof status === 'number') return error as Problem;
  return otherwise(response, error === undefined ? '' : JSON.stringify(error));
}

/** A page of a proxy, say, as a problem, so that `error` is one for whoever reads it. */
export async function asProblem(response: Response): Promise<Response | undefined> {
  if (response.ok || /\bjson\b/.test(response.headers.get('content-type') ?? '')) return undefined;
  const { status, statusText } = response;
  const problem = otherwise(response, await response.text());
  return Response.json(problem, { status, statusText, headers: { 'content-type': 'application/problem+json' } });
}

const shownCharacters = 300;

const otherwise = ({ status, statusText }: Response, text: string): Problem => ({
  type: 'about:blank',
  title: statusText,
  status,
  ...(text ? { detail: text.slice(0, shownCharacters) } : {}),
});
