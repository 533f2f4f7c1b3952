import { Module } from '@nestjs/common';
import { Deliveries } from './deliveries.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({ controllers: [WebhooksController], providers: [WebhooksService, Deliveries] })
export class WebhooksModule {}
