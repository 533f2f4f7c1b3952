/** @file Requests to the API of the same origin; every answer is parsed with the shared schema. */
import { type FieldError, Problem } from '@rankforge/contracts';
import type { z } from 'zod';
import { projectHeaders } from '../acting-project.js';
import { noteAnswer, noteSilence } from '../connection.js';
import { pageHeaders } from '../page-token.js';
import { noteSessionEnd } from '../session-end.js';

/** An answer that is not a success, or no answer at all (`status` 0). */
export class ProblemError extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly fields: readonly FieldError[];

  constructor(problem: Pick<Problem, 'title' | 'status' | 'detail' | 'errors'>, options?: ErrorOptions) {
    super(problem.detail ? `${problem.title}: ${problem.detail}` : problem.title, options);
    this.name = 'ProblemError';
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.fields = problem.errors ?? [];
  }
}

/** The sentence of an answer on one field of the request. @example mistakeOf(error, '/url') // 'expected an http or https address' */
export function mistakeOf(error: Error | null, path: string): string | undefined {
  return error instanceof ProblemError ? error.fields.find((field) => field.path === path)?.message : undefined;
}

/** Whether an answer is one that another try will not change. */
export function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 429;
}

type QueryValue = string | number | boolean | undefined;
export type Query = Readonly<Record<string, QueryValue | readonly QueryValue[]>>;

interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * The address of a path of the API. Lists become repeated parameters, `undefined` is left out.
 *
 * @example apiUrl('/trials', { state: ['QUEUED', 'RUNNING'] }) // '/v1/trials?state=QUEUED&state=RUNNING'
 */
export function apiUrl(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined) parameters.append(name, String(item));
    }
  }
  const text = parameters.toString();
  return `/v1${path}${text === '' ? '' : `?${text}`}`;
}

/** @throws ProblemError when the API refuses, cannot be reached, or answers with something the schema does not know. */
export async function request<T extends z.ZodType>(
  schema: T,
  path: string,
  options: RequestOptions = {},
): Promise<z.output<T>> {
  const response = await exchange(path, options);
  const parsed = schema.safeParse(parseJson(await reach(response.text(), options.signal)));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ProblemError(
      {
        title: 'The server answered in a form this page does not know',
        status: response.status,
        detail: `${path}: ${issue?.path.join('.') || 'body'}: ${issue?.message}. Reload the page; if it stays, page and server are of different versions.`,
      },
      { cause: parsed.error },
    );
  }
  return parsed.data;
}

/** A request whose answer has no body worth reading. */
export async function command(path: string, options: RequestOptions = {}): Promise<void> {
  await exchange(path, options);
}

/** A file and the name that the answer gives it. */
export async function download(path: string, options: RequestOptions = {}): Promise<{ blob: Blob; name: string }> {
  const response = await exchange(path, options);
  const name = /filename="([\w.-]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  return { blob: await reach(response.blob(), options.signal), name: name ?? 'download' };
}

async function exchange(path: string, { method = 'GET', query, body, headers, signal }: RequestOptions) {
  const asked = fetch(apiUrl(path, query), {
    method,
    headers: {
      accept: 'application/json',
      ...pageHeaders(),
      ...projectHeaders(),
      // A form names its own type, with the boundary.
      ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const response = await reach(asked, signal);
  // A proxy answers so for a server that is away; the server itself when what it depends on is.
  if (response.status >= 502 && response.status <= 504) noteSilence();
  else noteAnswer();
  if (response.status === 401) noteSessionEnd();
  if (!response.ok) throw await problemOf(response, signal);
  return response;
}

/** An answer, or a part of it. @throws ProblemError when the connection is lost before it is there */
async function reach<T>(awaited: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await awaited;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    noteSilence();
    throw unreachable(cause);
  }
}

export function unreachable(cause: unknown): ProblemError {
  return new ProblemError(
    {
      title: 'The server could not be reached',
      status: 0,
      detail:
        'Check that Rankforge is still running and that this machine reaches it. What is shown is read again by itself; a change is not: send it again when the server is back.',
    },
    { cause },
  );
}

async function problemOf(response: Response, signal: AbortSignal | undefined): Promise<ProblemError> {
  const text = await reach(response.text(), signal);
  const parsed = Problem.safeParse(parseJson(text));
  return new ProblemError(
    parsed.success
      ? parsed.data
      : {
          title: `The server answered with status ${response.status}`,
          status: response.status,
          detail: response.statusText || text.slice(0, 200),
        },
  );
}

/** The value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
