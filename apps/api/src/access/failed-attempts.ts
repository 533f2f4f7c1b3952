import { isIPv6 } from 'node:net';
import { normalizeIP } from '@fastify/rate-limit';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { ApiSettings } from '../platform/env.js';
import { ProblemError } from '../platform/http/problem.js';
import { SETTINGS } from '../platform/settings.js';

const perSeconds = 60;

/**
 * Counts secrets that were refused, by address of the client: of IPv6 by its network of 64 bits, which one client has to
 * itself. Only refused ones are counted and refused: a good key works from an address where a bad one is tried without end.
 */
@Injectable()
export class FailedAttempts {
  private readonly limiter: RateLimiterMemory;

  constructor(@Inject(SETTINGS) { failedAttemptsPerMinute }: ApiSettings) {
    this.limiter = new RateLimiterMemory({ points: failedAttemptsPerMinute, duration: perSeconds });
  }

  /** @throws ProblemError `rate-limited` when this address, or its IPv6 network, has failed too often within a minute */
  async note(request: FastifyRequest): Promise<void> {
    const counted = normalizeIP(request.ip);
    try {
      await this.limiter.consume(counted);
    } catch (over) {
      if (!(over instanceof RateLimiterRes)) throw over;
      const seconds = Math.ceil(over.msBeforeNext / 1000);
      const from = isIPv6(counted) ? `the network ${counted}/64` : counted;
      throw new ProblemError('rate-limited', `Too many secrets were refused from ${from}; wait ${seconds} seconds`);
    }
  }
}
