import type { Logger } from '@nestjs/common';
import { ProblemError } from './http/problem.js';
import type { NoAnswer } from './job-answer.js';

/** A job of a process, in words. */
export interface JobInWords {
  /** The job's subject, without an article. */
  thing: string;
  /** The job as a participle, such as `read`. */
  done: string;
}

/**
 * Logs why a job was not done, and makes the answer of it.
 * @param why a job that met a limit is not among these: its request is to blame, and the caller knows its field
 * @example throw notDone(logger, { thing: 'adapter', done: 'read' }, { givenUp: true })
 */
export function notDone(
  logger: Logger,
  { thing, done }: JobInWords,
  why: Exclude<NoAnswer, { exceeded: string }>,
): ProblemError {
  if ('givenUp' in why) {
    logger.warn(`the ${thing} is not ${done} any further: its client is gone`);
    return new ProblemError('validation', `The ${thing} was not ${done} to its end: the client closed the connection`);
  }
  if ('waiting' in why) {
    return later(
      `The ${thing} was not ${done}: ${why.waiting} requests of this project wait for their turn already; send it again when one is answered`,
    );
  }
  if ('waitedSeconds' in why) {
    return later(
      `The ${thing} was not ${done}: it waited ${why.waitedSeconds} s for its turn behind other requests; send it again in a while`,
    );
  }
  logger.error({ failed: why.failed }, `the ${thing} could not be ${done}`);
  return new ProblemError('internal', `The ${thing} could not be ${done}; see the log of the API`);
}

const later = (detail: string) =>
  new ProblemError('rate-limited', detail, undefined, { headers: { 'retry-after': '10' } });
