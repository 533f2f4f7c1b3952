import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ProjectGuard } from '../projects/project.guard.js';
import { Callers } from './callers.js';
import { FailedAttempts } from './failed-attempts.js';
import { KeyGuard } from './key.guard.js';
import { KeysController } from './keys.controller.js';
import { SessionController } from './session.controller.js';

@Module({
  controllers: [KeysController, SessionController],
  providers: [
    Callers,
    FailedAttempts,
    { provide: APP_GUARD, useClass: KeyGuard },
    // Guards run in this order: what the caller may do, then whether what the path names is theirs.
    { provide: APP_GUARD, useClass: ProjectGuard },
  ],
  exports: [Callers],
})
export class KeysModule {}
