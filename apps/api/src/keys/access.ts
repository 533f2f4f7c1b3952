import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { type Role, roles } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';

/** Marks public operations in the OpenAPI document while it is made. */
export const publicExtension = 'x-public';

export const NEEDS = Symbol('needs');
export const PUBLIC = Symbol('public');

/** Role a route needs; routes without it need `viewer`. */
export const Needs = (role: Role) => SetMetadata(NEEDS, role);

/** A route that needs no key. */
export const Public = () => applyDecorators(SetMetadata(PUBLIC, true), ApiExtension(publicExtension, true));

/** The key a request was made with. */
export interface Caller {
  keyId: string;
  name: string;
  role: Role;
}

const callers = new WeakMap<FastifyRequest, Caller>();

export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Argument of a handler: who calls. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (!caller) throw new Error('a public route has no caller');
  return caller;
});

export function allows(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
