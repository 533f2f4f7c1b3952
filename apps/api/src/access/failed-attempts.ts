import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';

const perSeconds = 60;

/**
 * Counts secrets that were refused, by address of the client. Only refused ones are counted and refused: a good key works
 * from an address where a bad one is tried without end.
 */
@Injectable()
export class FailedAttempts {
  private readonly limiter: RateLimiterMemory;

  constructor(@Inject(SETTINGS) { failedAttemptsPerMinute }: ApiSettings) {
    this.limiter = new RateLimiterMemory({ points: failedAttemptsPerMinute, duration: perSeconds });
  }

  /** @throws ProblemError `rate-limited` when this address has failed too often within a minute */
  async note(request: FastifyRequest): Promise<void> {
    try {
      await this.limiter.consume(request.ip);
    } catch (over) {
      if (!(over instanceof RateLimiterRes)) throw over;
      const seconds = Math.ceil(over.msBeforeNext / 1000);
      throw new ProblemError(
        'rate-limited',
        `Too many secrets were refused from ${request.ip}; wait ${seconds} seconds`,
      );
    }
  }
}
