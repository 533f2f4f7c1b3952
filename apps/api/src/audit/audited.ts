import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { AuditAction } from '@rankforge/contracts';

export const AUDITED = Symbol('audited');

/** A route whose success is recorded in the audit trail; the OpenAPI document names the action as `x-audit`. */
export const Audited = (action: AuditAction) =>
  applyDecorators(SetMetadata(AUDITED, action), ApiExtension('x-audit', action));
