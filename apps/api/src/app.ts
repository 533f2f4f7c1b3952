import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ArtifactStore } from '@rankforge/db';
import { LogController } from 'fastify';
import type { Logger } from 'pino';
import { appModule } from './app.module.js';
import { ApiDescription } from './docs/description.js';
import { serveDocsPage } from './docs/docs-page.js';
import { registerSessions } from './login/register-sessions.js';
import { timeRequests } from './metrics/http-metrics.js';
import { REGISTRY } from './metrics/registry.js';
import { DATABASE } from './platform/database.js';
import type { ApiSettings } from './platform/env.js';
import { serveDashboard } from './platform/http/dashboard-page.js';
import { describeApi } from './platform/http/openapi.js';
import { registerPlugins } from './platform/http/plugins.js';
import { NestLogger } from './platform/logging.js';

const bodyLimit = 1024 * 1024;

/** The API, ready to listen. */
export async function createApp(settings: ApiSettings, logger: Logger): Promise<NestFastifyApplication> {
  await new ArtifactStore(settings.artifactDir).prepare();
  const adapter = new FastifyAdapter({
    loggerInstance: logger,
    bodyLimit,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: settings.trustProxy,
    genReqId: () => randomUUID(),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(appModule(settings), adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  await registerPlugins(fastify, settings);
  await registerSessions(fastify, settings, app.get(DATABASE));
  timeRequests(fastify, app.get(REGISTRY));
  await serveDocsPage(fastify);
  app.get(ApiDescription).document = describeApi(app);
  await app.init();
  await serveDashboard(fastify, settings.dashboardDir);
  return app;
}
