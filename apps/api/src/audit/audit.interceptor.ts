import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { AuditAction } from '@rankforge/contracts';
import { type Database, recordAudit } from '@rankforge/db';
import type { FastifyRequest } from 'fastify';
import { concatMap, type Observable } from 'rxjs';
import { callerOf } from '../access/access.js';
import { Computed } from '../platform/computation.js';
import { DATABASE } from '../platform/database.js';
import { AUDITED } from './audited.js';

/**
 * Records what was done before the answer leaves: nothing is downloaded unrecorded, and where the trail cannot be written
 * the request fails.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const action = this.reflector.get<AuditAction | undefined>(AUDITED, context.getHandler());
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id?: string } }>>();
    // A request for the head alone does nothing and is given nothing.
    if (!action || request.method === 'HEAD') return next.handle();
    return next.handle().pipe(
      concatMap(async (answer: unknown) => {
        const caller = callerOf(request);
        if (!caller) throw new Error(`${action} was done by nobody`);
        await recordAudit(this.database, {
          action,
          actor: caller.name,
          actorKeyId: caller.keyId,
          projectId: caller.project.id,
          subject: idIn(answer) ?? request.params.id ?? null,
          detail: nameIn(answer),
          address: request.ip,
          requestId: request.id,
        });
        return answer;
      }),
    );
  }
}

interface Answer {
  id?: unknown;
  name?: unknown;
  key?: Answer;
  sweep?: Answer;
  webhook?: Answer;
}

/** The noun that an answer is about: itself, or the one noun it holds. Its secrets are never looked at. */
function nounOf(answer: unknown): Answer {
  const of = (answer instanceof Computed ? answer.facts : (answer ?? {})) as Answer;
  return of.key ?? of.sweep ?? of.webhook ?? of;
}

function idIn(answer: unknown): string | undefined {
  const { id } = nounOf(answer);
  return typeof id === 'string' ? id : undefined;
}

function nameIn(answer: unknown): { name?: string } {
  const { name } = nounOf(answer);
  return typeof name === 'string' ? { name } : {};
}
