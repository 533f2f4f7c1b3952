import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension } from '@nestjs/swagger';
import { type ProjectName, type Role, roles } from '@rankforge/contracts';
import type { FastifyRequest } from 'fastify';
import type { Credential } from './credential.js';

/** Marks public operations in the OpenAPI document while it is made. */
export const publicExtension = 'x-public';

export const NEEDS = Symbol('needs');
export const INSTALLATION = Symbol('installation');
export const PUBLIC = Symbol('public');

/** Role a route needs; routes without it need `viewer`. */
export const Needs = (role: Role) => SetMetadata(NEEDS, role);

/** A route for admins of the whole installation. */
export const NeedsInstallation = () => applyDecorators(Needs('admin'), SetMetadata(INSTALLATION, true));

/** A route that needs no key. It stands at a handler, where Fastify reads it before the body of a request. */
export const Public = (): MethodDecorator =>
  applyDecorators(SetMetadata(PUBLIC, true), RouteConfig({ public: true }), ApiExtension(publicExtension, true));

/** True for the configuration of a public route. */
export function isPublic(config: unknown): boolean {
  return (config as { public?: boolean } | undefined)?.public === true;
}

/** Who makes a request, and where: a request acts in exactly one project. */
export interface Caller {
  credential: Credential;
  /** Null: a person who signed in without a key. */
  keyId: string | null;
  name: string;
  role: Role;
  project: ProjectName;
  /** May act in every project; see `projectHeader`. */
  installation: boolean;
}

const callers = new WeakMap<FastifyRequest, Caller>();

export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Undefined on a public route. */
export function callerOf(request: FastifyRequest): Caller | undefined {
  return callers.get(request);
}

/** Argument of a handler: who calls. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (!caller) throw new Error('a public route has no caller');
  return caller;
});

export function allows(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
