import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { BoardRefused } from '@rankforge/boards';
import type { Problem, ProblemKind } from '@rankforge/contracts';
import { ArtifactError, databaseDown, databaseFull } from '@rankforge/db';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid, ProblemError } from './problem.js';

/** Every error leaves as `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = toProblem(error);
    if (problem.kind === 'internal') this.logger.error({ err: error, reqId: request.id }, 'request failed');
    if (problem.kind === 'unavailable') this.logger.warn({ err: error, reqId: request.id }, 'dependency down');
    sendProblem(request, reply, problem);
  }
}

export function problemBody(problem: ProblemError, id: string): Problem {
  return {
    type: `/problems/${problem.kind}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance: `urn:uuid:${id}`,
    ...(problem.errors ? { errors: [...problem.errors] } : {}),
  };
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ProblemError): void {
  const body = problemBody(problem, request.id);
  void reply.headers(problem.headers);
  if (problem.kind === 'unauthenticated') void reply.header('www-authenticate', 'Bearer realm="rankforge"');
  if (problem.kind === 'unavailable') void reply.header('retry-after', '2');
  void reply.status(problem.status).header('cache-control', 'no-store').type('application/problem+json').send(body);
}

/** Errors of Fastify and of Nest as problems; what is not known is `internal`, and its text stays in the log. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof BoardRefused) return invalid(error.errors);
  if (databaseFull(error)) {
    const detail = 'PostgreSQL has no room for it now (disk, memory or connections); ask who runs this installation';
    return new ProblemError('unavailable', detail, undefined, { cause: error });
  }
  if (databaseDown(error))
    return new ProblemError('unavailable', 'PostgreSQL does not answer, or takes no writes now', undefined, {
      cause: error,
    });
  if (error instanceof ArtifactError) {
    return new ProblemError('unavailable', 'A stored file cannot be read', undefined, { cause: error });
  }
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || status === 413) {
    return new ProblemError('body-too-large', 'A body may have 1 MiB');
  }
  const said = saidOf[status];
  if (said)
    return new ProblemError(said.kind, said.detail ?? message, undefined, { cause: error, headers: rangeOf(error) });
  if (status >= 400 && status < 500) {
    return new ProblemError('malformed-http', message, undefined, { cause: error, status });
  }
  return new ProblemError('internal', 'See the log of the API; "instance" holds the id of the request', undefined, {
    cause: error,
  });
}

/** Errors of libraries by their status; a detail stands in for a text that says the status alone. Every other 4xx is `malformed-http`. */
const saidOf: Partial<Record<number, { kind: ProblemKind; detail?: string }>> = {
  400: { kind: 'validation' },
  401: { kind: 'unauthenticated' },
  // Ours are problems by now: this is a path that a folder of files does not let out.
  403: { kind: 'not-found', detail: 'There is no file at this address' },
  404: { kind: 'not-found' },
  409: { kind: 'conflict' },
  412: {
    kind: 'precondition-failed',
    detail: 'If-Match or If-Unmodified-Since does not hold for this file: leave them out to get it as it is',
  },
  415: { kind: 'unsupported-media-type' },
  416: {
    kind: 'range-not-satisfiable',
    detail: 'Range asks for bytes that this file does not have: see Content-Range, or leave it out to get all of it',
  },
  429: { kind: 'rate-limited' },
  503: { kind: 'unavailable' },
};

/** The length of a file, which comes with the refusal of a range. */
function rangeOf(error: unknown): Record<string, string> {
  const { cause } = error as { cause?: { headers?: Record<string, string> } };
  const range = cause?.headers?.['Content-Range'];
  return range === undefined ? {} : { 'content-range': range };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : 500;
}
