import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ProjectGuard } from '../projects/project.guard.js';
import { FailedAttempts } from './failed-attempts.js';
import { KeyGuard } from './key.guard.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';
import { SessionController } from './session.controller.js';

@Module({
  controllers: [KeysController, SessionController],
  providers: [
    KeysService,
    FailedAttempts,
    { provide: APP_GUARD, useClass: KeyGuard },
    // Guards run in this order: who calls, then whether what the path names is theirs.
    { provide: APP_GUARD, useClass: ProjectGuard },
  ],
})
export class KeysModule {}
