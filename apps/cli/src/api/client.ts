import { Problem, projectHeader } from '@rankforge/contracts';
import type { z } from 'zod';
import { CommandError, exitCode } from '../exit-codes.js';

export type Query = Record<string, string | number | readonly string[] | undefined>;

/** Typed requests to the API; every answer is checked against the contract. */
export class ApiClient {
  constructor(
    readonly url: string,
    private readonly key: string | undefined,
    /** The project to act in, with a key of the whole installation. */
    private readonly project?: string,
    /** Rejects when what answers at the address is not to be given the key. Asked before every request with a key. */
    private readonly mayTrust: () => Promise<void> = async () => {},
  ) {}

  get<T extends z.ZodType>(path: string, schema: T, query: Query = {}): Promise<z.output<T>> {
    return this.json('GET', `${path}${search(query)}`, schema);
  }

  post<T extends z.ZodType>(
    path: string,
    schema: T,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<z.output<T>> {
    return this.json('POST', path, schema, body, headers);
  }

  patch<T extends z.ZodType>(path: string, schema: T, body: unknown): Promise<z.output<T>> {
    return this.json('PATCH', path, schema, body);
  }

  delete<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
    return this.json('DELETE', path, schema);
  }

  /** @throws CommandError when the API cannot be reached or refuses, with the fields it names. */
  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    if (this.key) await this.mayTrust();
    let response: Response;
    try {
      response = await fetch(new URL(path, this.url), {
        method,
        headers: {
          accept: 'application/json',
          ...(this.project ? { [projectHeader]: this.project } : {}),
          ...(this.key ? { authorization: `Bearer ${this.key}` } : {}),
          // A form names its own type, with the boundary.
          ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: encoded(body) }),
      });
    } catch (cause) {
      throw unreachable(this.url, cause);
    }
    if (!response.ok) throw await refusal(response, this.key !== undefined);
    return response;
  }

  /** An answer that is a text of this type. */
  async text(path: string, type: string): Promise<string> {
    return (await this.request('GET', path, undefined, { accept: type })).text();
  }

  private async json<T extends z.ZodType>(
    method: string,
    path: string,
    schema: T,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<z.output<T>> {
    const response = await this.request(method, path, body, headers);
    const answer = schema.safeParse(await response.json());
    if (answer.success) return answer.data;
    throw new CommandError(
      `${method} ${path} answered what this command line does not understand (are both of one version?): ` +
        answer.error.issues
          .slice(0, 3)
          .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
          .join('; '),
      exitCode.unexpected,
      { cause: answer.error },
    );
  }
}

export function unreachable(url: string, cause: unknown): CommandError {
  return new CommandError(
    `no answer from ${url} (${reason(cause)}). Start it with \`rankforge up\`, or set RANKFORGE_URL.`,
    exitCode.unreachable,
    { cause },
  );
}

const encoded = (body: unknown) => (typeof body === 'string' || body instanceof FormData ? body : JSON.stringify(body));

function search(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of value === undefined ? [] : [value].flat()) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

async function refusal(response: Response, hadKey: boolean): Promise<CommandError> {
  const text = await response.text();
  const problem = parseProblem(text);
  const lines = [`${response.status} ${problem?.title ?? response.statusText}`];
  const errors = problem?.errors ?? [];
  // The detail of a problem with a list of errors is the first of them once more.
  if (problem?.detail && problem.detail !== problem.title && errors.length === 0) lines.push(`  ${problem.detail}`);
  for (const { path, message } of errors) lines.push(path ? `  ${path}: ${message}` : `  ${message}`);
  if (!problem && text) lines.push(`  ${text.slice(0, 300)}`);
  if (response.status === 401 && !hadKey)
    lines.push('  no key was sent: set RANKFORGE_KEY, or make one: rankforge key create');
  return new CommandError(lines.join('\n'), response.status >= 500 ? exitCode.unreachable : exitCode.refused);
}

function parseProblem(text: string): Problem | undefined {
  try {
    return Problem.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** fetch hides the reason in the cause. */
function reason(error: unknown): string {
  const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? String(error);
}
