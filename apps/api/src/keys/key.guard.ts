import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Role } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import { personOf } from '../login/person.js';
import { ProblemError } from '../platform/http/problem.js';
import { allows, type Caller, INSTALLATION, NEEDS, PUBLIC, setCaller } from './access.js';
import { FailedAttempts } from './failed-attempts.js';
import { KeysService } from './keys.service.js';
import { projectOf, secretOf } from './secret.js';

/** Every route needs a key of a sufficient role unless it is marked `@Public()`. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeysService,
    private readonly failures: FailedAttempts,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const needed = this.reflector.getAllAndOverride<Role | undefined>(NEEDS, targets) ?? 'viewer';
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.caller(request);
    if (!allows(caller.role, needed)) {
      throw new ProblemError('forbidden', `This needs the role ${needed}; "${caller.name}" has ${caller.role}`);
    }
    if (this.reflector.getAllAndOverride<boolean | undefined>(INSTALLATION, targets) && !caller.installation) {
      const detail = `This needs an admin of the whole installation; "${caller.name}" is of ${caller.project.name}`;
      throw new ProblemError('forbidden', detail);
    }
    setCaller(request, caller);
    return true;
  }

  private async caller(request: FastifyRequest): Promise<Caller> {
    const secret = secretOf(request);
    const person = secret === undefined && !request.headers.authorization ? personOf(request) : undefined;
    if (person) {
      const { name, role, project } = person;
      const acting = await this.keys.acting(project, projectOf(request));
      return { keyId: null, name, role, installation: project === null, project: acting };
    }
    if (!secret) {
      throw new ProblemError(
        'unauthenticated',
        'Send "Authorization: Bearer rf_…"; `rankforge key create` makes a key',
      );
    }
    const caller = await this.keys.authenticate(secret, projectOf(request));
    if (caller) return caller;
    await this.failures.note(request);
    throw new ProblemError('unauthenticated', 'This key is unknown, revoked or at its end');
  }
}
