import { type ApiPath, openClient, problemOf, type RankforgeClient, type RequestOf } from '@rankforge/client';
import type { z } from 'zod';
import { CommandError, exitCode } from '../exit-codes.js';
import { patientFetch } from './patient-fetch.js';
import { isThisTheApi, refusal } from './refusal.js';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** The parts of a request, whatever its path. */
type AnyRequest = { headers?: unknown; parseAs?: unknown; body?: unknown; fetch?: unknown };
type Answer = { data?: unknown; error?: unknown; response: Response };

/** Requests to the API by the client of its description; every answer is checked against the contract. */
export class ApiClient {
  private readonly api: RankforgeClient;

  constructor(
    readonly url: string,
    private readonly key: string | undefined,
    /** The project to act in, with a key of the whole installation. */
    project?: string,
    /** Rejects when what answers at the address is not to be given the key. Asked before every request with a key. */
    private readonly mayTrust: () => Promise<void> = async () => {},
    /** It is the platform of this machine, whose keys `rankforge key` makes. */
    private readonly isHere = false,
  ) {
    this.api = openClient({ url, key, project });
  }

  get<P extends ApiPath<'get'>, T extends z.ZodType>(path: P, schema: T, ...[request]: RequestOf<'get', P>) {
    return this.json('get', path, schema, request);
  }

  post<P extends ApiPath<'post'>, T extends z.ZodType>(path: P, schema: T, ...[request]: RequestOf<'post', P>) {
    return this.json('post', path, schema, request);
  }

  /** Sends a form, e.g. with a file, which is read before the answer: it names its own type, with the boundary. */
  postForm<P extends ApiPath<'post'>, T extends z.ZodType>(path: P, schema: T, form: FormData) {
    return this.json('post', path, schema, { body: form, fetch: patientFetch });
  }

  patch<P extends ApiPath<'patch'>, T extends z.ZodType>(path: P, schema: T, ...[request]: RequestOf<'patch', P>) {
    return this.json('patch', path, schema, request);
  }

  /** An answer that says what became of the thing. */
  delete<P extends ApiPath<'delete'>, T extends z.ZodType>(path: P, schema: T, ...[request]: RequestOf<'delete', P>) {
    return this.json('delete', path, schema, request);
  }

  /** Takes something away; there is no answer to read. */
  async remove<P extends ApiPath<'delete'>>(path: P, ...[request]: RequestOf<'delete', P>): Promise<void> {
    await this.send('delete', path, request);
  }

  /** A file, which may be made before the answer: the body is read by whoever asks. */
  async download<P extends ApiPath<'get'>>(path: P, ...[request]: RequestOf<'get', P>): Promise<Response> {
    return (await this.send('get', path, { ...request, parseAs: 'stream', fetch: patientFetch })).response;
  }

  /** An answer that is a text of this type. */
  async text(path: ApiPath<'get'>, type: string): Promise<string> {
    return (await this.send('get', path, { headers: { accept: type }, parseAs: 'text' })).data as string;
  }

  private async json<T extends z.ZodType>(
    method: Method,
    path: string,
    schema: T,
    request?: AnyRequest,
  ): Promise<z.output<T>> {
    const { data } = await this.send(method, path, request);
    const answer = schema.safeParse(data);
    if (answer.success) return answer.data;
    throw new CommandError(
      `${method.toUpperCase()} ${path} answered what this command line does not understand (are both of one version?): ` +
        answer.error.issues
          .slice(0, 3)
          .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
          .join('; '),
      exitCode.unexpected,
      { cause: answer.error },
    );
  }

  /** @throws CommandError when the API cannot be reached or refuses, with the fields it names. */
  private async send(method: Method, path: string, request?: AnyRequest): Promise<Answer> {
    if (this.key) await this.mayTrust();
    // Types check above what a caller may ask, path by path.
    const ask = this.api.request as unknown as (method: string, path: string, request?: AnyRequest) => Promise<Answer>;
    let answer: Answer;
    try {
      answer = await ask(method, path, request);
    } catch (cause) {
      // An answer that is not JSON is one; nobody answered is another.
      if (cause instanceof SyntaxError) {
        const said = `${method.toUpperCase()} ${path} was answered with something else than JSON. ${isThisTheApi(this.url)}`;
        throw new CommandError(said, exitCode.unreachable, { cause });
      }
      throw unreachable(this.url, cause);
    }
    const problem = problemOf(answer);
    if (problem) throw refusal(problem, this.url, this.key === undefined ? howToGetKey(this.isHere) : undefined);
    return answer;
  }
}

export function unreachable(url: string, cause: unknown): CommandError {
  const isSilent = cause instanceof Error && cause.name === 'TimeoutError';
  const message = isSilent
    ? `no answer from ${url} in time. Its machine may be busy or out of reach, or its process stopped: ask again, and if it ` +
      'stays silent, end `rankforge up` and start it again.'
    : `no answer from ${url} (${reason(cause)}). Start it with \`rankforge up\`, or set RANKFORGE_URL.`;
  return new CommandError(message, exitCode.unreachable, { cause });
}

/** `rankforge key` makes keys of this machine's platform alone. */
const howToGetKey = (isHere: boolean): string =>
  `set RANKFORGE_KEY${isHere ? ', or make one: rankforge key create' : ' to one that an admin of that installation made'}`;

/** fetch hides the reason in the cause. */
function reason(error: unknown): string {
  const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? String(error);
}
