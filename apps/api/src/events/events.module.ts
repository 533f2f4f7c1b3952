import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { EventHub } from './event-hub.js';
import { EventsController } from './events.controller.js';
import { StreamKeeper } from './stream-keeper.js';

@Module({
  imports: [AccessModule],
  controllers: [EventsController],
  providers: [EventHub, StreamKeeper],
  exports: [EventHub],
})
export class EventsModule {}
