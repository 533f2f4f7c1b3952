import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Role } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../platform/http/problem.js';
import { allows, NEEDS, PUBLIC, setCaller } from './access.js';
import { KeysService } from './keys.service.js';
import { secretOf } from './secret.js';

/** Every route needs a key of a sufficient role unless it is marked `@Public()`. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeysService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const needed = this.reflector.getAllAndOverride<Role | undefined>(NEEDS, targets) ?? 'viewer';
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const secret = secretOf(request);
    if (!secret) {
      throw new ProblemError(
        'unauthenticated',
        'Send "Authorization: Bearer rf_…"; `rankforge key create` makes a key',
      );
    }
    const caller = await this.keys.authenticate(secret);
    if (!caller) throw new ProblemError('unauthenticated', 'This key is unknown or revoked');
    if (!allows(caller.role, needed)) {
      throw new ProblemError('forbidden', `This needs the role ${needed}; the key "${caller.name}" has ${caller.role}`);
    }
    setCaller(request, caller);
    return true;
  }
}
