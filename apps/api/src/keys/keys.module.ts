import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { KeysController } from './keys.controller.js';
import { SessionController } from './session.controller.js';

@Module({ imports: [AccessModule], controllers: [KeysController, SessionController] })
export class KeysModule {}
