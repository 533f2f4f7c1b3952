import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalid, jsonPointer, ProblemError } from './problem.js';

const anyName = 'x-any-query';

/** A route whose query others write: names that its description does not know are let through. */
export const AnyQuery = (): MethodDecorator => ApiExtension(anyName, true);

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, unknown> };
  [anyName]?: boolean;
}

interface DescribedRoute {
  /** Names that the query may have; undefined: any. */
  queries: ReadonlySet<string> | undefined;
  /** Media types of its body; none where it takes no body. */
  bodyTypes: readonly string[];
}

/** Facts of each route that the OpenAPI document states. */
export class DescribedRoutes {
  private readonly known = new Map<string, DescribedRoute>();
  private readonly paths: { pattern: RegExp; methods: readonly string[] }[] = [];

  read(document: OpenAPIObject): void {
    for (const [path, operations] of Object.entries(document.paths)) {
      const methods: string[] = [];
      for (const [name, operation] of Object.entries(operations) as [string, Operation][]) {
        const method = name.toUpperCase();
        methods.push(...(method === 'GET' ? ['GET', 'HEAD'] : [method]));
        const queries = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name);
        this.known.set(`${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, {
          queries: operation[anyName] ? undefined : new Set(queries),
          bodyTypes: Object.keys(operation.requestBody?.content ?? {}),
        });
      }
      this.paths.push({ pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`), methods });
    }
  }

  /** Undefined for a route that is not described. */
  of({ method, routeOptions }: FastifyRequest): DescribedRoute | undefined {
    return this.known.get(`${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`);
  }

  /** Methods of the routes at a path; none where there is no route. */
  methodsAt(path: string): string[] {
    const methods = this.paths.filter(({ pattern }) => pattern.test(path)).flatMap((one) => one.methods);
    return [...new Set(methods)].sort();
  }
}

/**
 * Refuses a query with a name that the route does not know, and a body where it takes none: schemas of routes look at what they have,
 * and a route without a query or a body has no schema. Behind authentication.
 */
export function refuseUnknownFields(fastify: FastifyInstance, routes: DescribedRoutes): void {
  fastify.addHook('preValidation', async (request) => {
    const route = routes.of(request);
    if (!route) return;
    const { queries, bodyTypes } = route;
    const unknown = Object.keys(request.query as object).filter((name) => queries?.has(name) === false);
    if (unknown.length > 0) {
      const known = [...queries!].join(', ');
      const message = known === '' ? 'unknown key; it takes none' : `unknown key; known are ${known}`;
      throw invalid(unknown.map((name) => ({ path: `/${name}`, message })));
    }
    if (bodyTypes.length === 0) refuseBody(request.body);
  });
}

/** An empty object is let through: many clients send one wherever they post. */
function refuseBody(body: unknown): void {
  if (body === undefined || body === null) return;
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw invalid([{ path: '', message: 'this route takes none: leave it out' }]);
  }
  const message = 'unknown key; this route takes no body';
  const errors = Object.keys(body).map((key) => ({ path: jsonPointer([key]), message }));
  if (errors.length > 0) throw invalid(errors);
}

/** Names the methods of a path where a request has another, in place of saying that the path is not there. */
export function refuseOtherMethods(fastify: FastifyInstance, routes: DescribedRoutes): void {
  fastify.addHook('preParsing', async ({ is404, method, routeOptions, url }) => {
    // The page stands at every path that nothing else is at.
    if (!is404 && routeOptions.url !== '/*') return;
    const path = url.split('?')[0]!;
    const methods = routes.methodsAt(path);
    if (methods.length > 0) {
      const allow = methods.join(', ');
      const detail = `${path} takes no ${method}; it takes ${allow}`;
      throw new ProblemError('method-not-allowed', detail, undefined, { headers: { allow } });
    }
    if (is404) throw new ProblemError('not-found', `There is nothing at ${method} ${path}`);
  });
}
