import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Problem, ProblemKind } from '@rankforge/contracts';
import { ArtifactError, databaseDown, databaseFull } from '@rankforge/db';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { onlyJson } from './body-types.js';
import { ProblemError } from './problem.js';

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

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ProblemError): void {
  const body: Problem = {
    type: `/problems/${problem.kind}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance: `urn:uuid:${request.id}`,
    ...(problem.errors ? { errors: [...problem.errors] } : {}),
  };
  if (problem.kind === 'unauthenticated') void reply.header('www-authenticate', 'Bearer realm="rankforge"');
  if (problem.kind === 'unavailable') void reply.header('retry-after', '2');
  void reply.status(problem.status).header('cache-control', 'no-store').type('application/problem+json').send(body);
}

/** Errors of Fastify and of Nest as problems; what is not known is `internal`, and its text stays in the log. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (databaseFull(error)) {
    const detail = 'PostgreSQL has no room for it now (disk, memory or connections); ask who runs this installation';
    return new ProblemError('unavailable', detail, undefined, { cause: error });
  }
  if (databaseDown(error))
    return new ProblemError('unavailable', 'PostgreSQL does not answer', undefined, { cause: error });
  if (error instanceof ArtifactError) {
    return new ProblemError('unavailable', 'A stored file cannot be read', undefined, { cause: error });
  }
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || status === 413) {
    return new ProblemError('body-too-large', 'A body may have 1 MiB');
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new ProblemError('unsupported-media-type', onlyJson);
  // Nest turns the parser's error into a plain 400 whose text is all that is left of it.
  if (status === 400 && /\bJSON\b/.test(message)) return new ProblemError('malformed-json', message);
  const kind = kindOfStatus[status];
  if (kind) return new ProblemError(kind, message, undefined, { cause: error });
  return new ProblemError('internal', 'See the log of the API; "instance" holds the id of the request', undefined, {
    cause: error,
  });
}

const kindOfStatus: Partial<Record<number, ProblemKind>> = {
  400: 'validation',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  415: 'unsupported-media-type',
  429: 'rate-limited',
  503: 'unavailable',
};

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : 500;
}
