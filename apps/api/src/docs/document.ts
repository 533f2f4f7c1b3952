import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { appModule } from '../app.module.js';
import { readSettings } from '../platform/env.js';
import { describeApi } from './openapi.js';

/** The OpenAPI document of this version, made without a server: nothing is opened and nobody is asked. */
export async function apiDocument(): Promise<OpenAPIObject> {
  const settings = readSettings({ DATABASE_URL: 'postgresql://nobody@localhost/none', REDIS_URL: 'redis://localhost' });
  const app = await NestFactory.create(appModule(settings), new FastifyAdapter(), {
    preview: true,
    abortOnError: false,
    logger: ['error'],
  });
  return describeApi(app);
}
