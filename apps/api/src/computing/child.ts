/** @file A process in which answers are computed beside the API: see `Computing`. */
import 'reflect-metadata';
import { type DynamicModule, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { openDatabase } from '@rankforge/db';
import { pino } from 'pino';
import { Catalog } from '../catalog/catalog.js';
import { catalogProvider } from '../catalog/catalog.module.js';
import { answerJobs } from '../platform/answer-job.js';
import type { Computation } from '../platform/computation.js';
import type { ComputingAnswer, ComputingJob, ComputingSettings } from '../platform/computing.js';
import { DATABASE } from '../platform/database.js';
import { asContracted } from '../platform/http/contract.js';
import { toProblem } from '../platform/http/problem.filter.js';
import { createLogger, NestLogger } from '../platform/logging.js';
import { SETTINGS } from '../platform/settings.js';
import { computations, helpers } from './registry.js';

/** Connections to PostgreSQL of one process. */
const poolSize = 2;

@Module({})
class ComputingModule {}

const moduleOf = (settings: ComputingSettings): DynamicModule => ({
  module: ComputingModule,
  providers: [
    { provide: SETTINGS, useValue: settings },
    { provide: DATABASE, useFactory: () => openDatabase({ url: settings.databaseUrl, poolSize }) },
    catalogProvider,
    ...helpers,
    ...new Set(computations.map(({ by }) => by).filter((by) => by !== Catalog)),
  ],
});

let opened: Promise<INestApplicationContext> | undefined;

/** The services, which stay from job to job; where they cannot be opened now, the next job tries again. */
function open(settings: ComputingSettings): Promise<INestApplicationContext> {
  const logger = new NestLogger(createLogger(settings.logLevel, pino.destination(2)));
  opened ??= NestFactory.createApplicationContext(moduleOf(settings), { logger, abortOnError: false });
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}

answerJobs(async ({ settings, computation: name, asked }: ComputingJob): Promise<ComputingAnswer> => {
  const computation = computations.find((one) => one.name === name);
  if (!computation) throw new Error(`there is no computation ${name}`);
  try {
    const services = await open(settings);
    return written(computation, await computation.run(services.get(computation.by), asked));
  } catch (error) {
    return { problem: refusal(error) };
  }
});

function written(
  { schema, facts = () => ({}), write }: Computation<unknown, unknown>,
  answer: unknown,
): ComputingAnswer {
  const encoded = (text: string | Buffer) => (typeof text === 'string' ? Buffer.from(text) : text);
  if (write) {
    const file = write(answer);
    return { bytes: encoded(file.text), facts: file.facts };
  }
  if (!schema) return { bytes: encoded(JSON.stringify(answer)), facts: facts(answer) };
  const { answer: contracted, errors } = asContracted(schema, answer);
  return { bytes: encoded(JSON.stringify(contracted)), facts: facts(answer), ...(errors && { breaches: errors }) };
}

/** @throws what is no refusal, and so a defect of ours */
function refusal(error: unknown) {
  const { kind, detail, errors, status, headers, cause } = toProblem(error);
  if (kind === 'internal') throw error;
  return { kind, detail, errors, status, headers, cause: cause === undefined ? undefined : String(cause) };
}
