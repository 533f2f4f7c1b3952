import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problem.js';

/** A route that takes a file in a form. */
export const TakesForm = (): MethodDecorator => RouteConfig({ takesForm: true });

/**
 * Refuses bodies that are no JSON, forms for the routes that take a file aside: those are the types that a page of another
 * site may send without being asked for permission first. Behind the multipart plugin.
 */
export function refuseOtherBodies(fastify: FastifyInstance): void {
  fastify.removeContentTypeParser('text/plain');
  fastify.addHook('preParsing', async (request) => {
    const type = request.headers['content-type'] ?? '';
    const { takesForm } = request.routeOptions.config as { takesForm?: boolean };
    if (takesForm || !/^\s*multipart\//i.test(type)) return;
    throw new ProblemError('unsupported-media-type', onlyJson);
  });
}

export const onlyJson = 'This route reads JSON: send "Content-Type: application/json"';
