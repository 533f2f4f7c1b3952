import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { z } from 'zod';
import { Computed } from '../computation.js';
import { asContracted, breach } from './contract.js';

/** Where the decorators of `@nestjs/swagger` keep what a handler answers. */
const described = 'swagger/apiResponse';

/** Sends what the contract of a route has and no more, and logs an answer that is not so. One that was computed was held to it there. */
@Injectable()
export class ResponseInterceptor implements NestInterceptor {
  private readonly logger = new Logger('http');

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const schema = schemaOf(context.getHandler());
    const http = context.switchToHttp();
    return next.handle().pipe(
      map((given: unknown) => {
        if (given instanceof Computed) {
          void http.getResponse<FastifyReply>().type('application/json; charset=utf-8');
          return given.bytes;
        }
        // A handler that writes the answer itself returns none.
        if (!schema || given === undefined) return given;
        const { answer, errors } = asContracted(schema, given);
        if (errors) {
          const { id, method, routeOptions } = http.getRequest<FastifyRequest>();
          this.logger.error({ reqId: id, route: `${method} ${routeOptions.url}`, errors }, breach);
        }
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
