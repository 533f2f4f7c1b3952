import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { z } from 'zod';
import { fieldErrors } from './issues.js';

/** Where the decorators of `@nestjs/swagger` keep what a handler answers. */
const described = 'swagger/apiResponse';

/** Tests look for this line in the log of each API that they started: test/support/platform.ts. */
const breach = 'an answer is not as its contract says';

/**
 * Sends what the contract of a route has and no more: a field that it does not know stays here. An answer that the
 * contract refuses is a defect of ours; it is sent as it is, for a client can do more with it than with a failure, and logged.
 */
@Injectable()
export class ResponseInterceptor implements NestInterceptor {
  private readonly logger = new Logger('http');

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const schema = schemaOf(context.getHandler());
    if (!schema) return next.handle();
    return next.handle().pipe(
      map((answer: unknown) => {
        // A handler that writes the answer itself returns none.
        if (answer === undefined) return answer;
        const parsed = schema.safeParse(answer);
        if (parsed.success) return parsed.data;
        const { id, method, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
        const errors = fieldErrors(parsed.error.issues).slice(0, 10);
        this.logger.error({ reqId: id, route: `${method} ${routeOptions.url}`, errors }, breach);
        return answer;
      }),
    );
  }
}

/** The schema of the answers of a handler; every status it answers with has the same. */
function schemaOf(handler: object): z.ZodType | undefined {
  const responses = Reflect.getMetadata(described, handler) as
    | Record<string, { standardSchema?: z.ZodType }>
    | undefined;
  return Object.values(responses ?? {}).find(({ standardSchema }) => standardSchema)?.standardSchema;
}
