import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ArtifactStore } from '@rankforge/db';
import { type FastifyError, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import { authenticateRequests } from './access/authenticate.js';
import { Callers } from './access/callers.js';
import { FailedAttempts } from './access/failed-attempts.js';
import { limitRequests } from './access/rate-limit.js';
import { appModule } from './app.module.js';
import { ApiDescription } from './docs/description.js';
import { serveDocsPage } from './docs/docs-page.js';
import { describeApi } from './docs/openapi.js';
import { timeRequests } from './metrics/http-metrics.js';
import { timeLoop } from './metrics/loop-turns.js';
import { REGISTRY } from './metrics/registry.js';
import type { ApiSettings } from './platform/env.js';
import { refuseOtherBodies } from './platform/http/body-types.js';
import { answerClientError } from './platform/http/client-errors.js';
import { serveDashboard } from './platform/http/dashboard-page.js';
import { DescribedRoutes, refuseOtherMethods, refuseUnknownFields } from './platform/http/described-routes.js';
import { registerPlugins } from './platform/http/plugins.js';
import { sendProblem, toProblem } from './platform/http/problem.filter.js';
import { logRequests } from './platform/http/request-log.js';
import { endSlowBodies } from './platform/http/slow-bodies.js';
import { endSlowReaders } from './platform/http/slow-readers.js';
import { NestLogger } from './platform/logging.js';
import { isDiskAway } from './uploads/no-disk.js';

const bodyLimit = 1024 * 1024;

/** Fastify knows lists; of a number, the first so many hops from this process are trusted, whatever their addresses. */
function trustedHop(trusted: ApiSettings['trustProxy']) {
  return typeof trusted === 'number' ? (_: string, hop: number) => hop < trusted : trusted;
}

/** The API, ready to listen. */
export async function createApp(settings: ApiSettings, logger: Logger): Promise<NestFastifyApplication> {
  await new ArtifactStore(settings.artifactDir).prepare().catch((err: unknown) => {
    if (!isDiskAway(err)) throw err;
    logger.warn({ err }, 'the disk of artifacts takes no files now');
  });
  const graceMs = settings.bodyPace.graceSeconds * 1000;
  const adapter = new FastifyAdapter({
    loggerInstance: logger,
    bodyLimit,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustedHop(settings.trustProxy),
    genReqId: () => randomUUID(),
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(request, reply, toProblem(error)),
    clientErrorHandler: answerClientError,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    // Whole requests have no limit, for uploads may be long: see endSlowBodies.
    http: { headersTimeout: graceMs, connectionsCheckingInterval: Math.min(graceMs, 5_000) },
  });
  const app = await NestFactory.create<NestFastifyApplication>(appModule(settings), adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  endSlowBodies(fastify, settings.bodyPace);
  endSlowReaders(fastify, settings.bodyPace);
  const routes = new DescribedRoutes();
  await registerPlugins(fastify, settings);
  const limits = await limitRequests(fastify, settings);
  logRequests(fastify, routes);
  const [callers, failures] = [app.get(Callers), app.get(FailedAttempts)];
  authenticateRequests(fastify, { callers, failures, limits, settings });
  refuseOtherMethods(fastify, routes);
  refuseOtherBodies(fastify, routes);
  refuseUnknownFields(fastify, routes);
  timeRequests(fastify, app.get(REGISTRY));
  timeLoop(fastify, app.get(REGISTRY));
  await serveDocsPage(fastify);
  const document = describeApi(app);
  app.get(ApiDescription).document = document;
  routes.read(document);
  await app.init();
  await serveDashboard(fastify, settings.dashboardDir);
  return app;
}
