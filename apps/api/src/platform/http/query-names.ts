import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalid } from './problem.js';

const anyName = 'x-any-query';

/** A route whose query others write: names that its description does not know are let through. */
export const AnyQuery = (): MethodDecorator => ApiExtension(anyName, true);

interface Operation {
  parameters?: { name: string; in: string }[];
  [anyName]?: boolean;
}

/** Names that the query of each route may have, as the OpenAPI document has them. */
export class QueryNames {
  private readonly known = new Map<string, ReadonlySet<string>>();

  read(document: OpenAPIObject): void {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods) as [string, Operation][]) {
        if (operation[anyName]) continue;
        const names = (operation.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);
        const url = path.replaceAll(/\{(\w+)\}/g, ':$1');
        this.known.set(`${method.toUpperCase()} ${url}`, new Set(names));
      }
    }
  }

  /** Undefined for a route that is not described. */
  of({ method, routeOptions }: FastifyRequest): ReadonlySet<string> | undefined {
    return this.known.get(`${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`);
  }
}

/**
 * Refuses a query with a name that the route does not know: schemas of routes look at the names they have, and a route
 * without a query has no schema. Behind authentication.
 */
export function refuseUnknownQueries(fastify: FastifyInstance, names: QueryNames): void {
  fastify.addHook('preValidation', async (request) => {
    const known = names.of(request);
    if (!known) return;
    const unknown = Object.keys(request.query as object).filter((name) => !known.has(name));
    if (unknown.length > 0) {
      const message = known.size > 0 ? `unknown key; known are ${[...known].join(', ')}` : 'unknown key; it takes none';
      throw invalid(unknown.map((name) => ({ path: `/${name}`, message })));
    }
  });
}
