import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Role } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../platform/http/problem.js';
import { allows, callerOf, INSTALLATION, NEEDS, PUBLIC } from './access.js';

/** Every route needs a key of a sufficient role unless it is marked `@Public()`. Who calls was found before the body was read. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.get<boolean | undefined>(PUBLIC, context.getHandler())) return true;
    const needed = this.reflector.getAllAndOverride<Role | undefined>(NEEDS, targets) ?? 'viewer';
    const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (!caller) throw new ProblemError('unauthenticated', 'This route needs a key');
    if (!allows(caller.role, needed)) {
      throw new ProblemError('forbidden', `This needs the role ${needed}; "${caller.name}" has ${caller.role}`);
    }
    if (this.reflector.getAllAndOverride<boolean | undefined>(INSTALLATION, targets) && !caller.installation) {
      const detail = `This needs an admin of the whole installation; "${caller.name}" is of ${caller.project.name}`;
      throw new ProblemError('forbidden', detail);
    }
    return true;
  }
}
