import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { EventHub } from './event-hub.js';
import { EventsController } from './events.controller.js';
import { StreamKeeper } from './stream-keeper.js';

@Module({
  imports: [KeysModule],
  controllers: [EventsController],
  providers: [EventHub, StreamKeeper],
  exports: [EventHub],
})
export class EventsModule {}
