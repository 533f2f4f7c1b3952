import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Callers } from './callers.js';
import { FailedAttempts } from './failed-attempts.js';
import { KeyGuard } from './key.guard.js';
import { ProjectGuard } from './project.guard.js';

/** Who makes a request, and what they may do. */
@Module({
  providers: [
    Callers,
    FailedAttempts,
    { provide: APP_GUARD, useClass: KeyGuard },
    // Guards run in this order: what the caller may do, then whether what the path names is theirs.
    { provide: APP_GUARD, useClass: ProjectGuard },
  ],
  exports: [Callers, FailedAttempts],
})
export class AccessModule {}
