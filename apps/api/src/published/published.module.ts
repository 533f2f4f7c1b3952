import { Module } from '@nestjs/common';
import { PublishedController } from './published.controller.js';
import { PublishedService } from './published.service.js';

@Module({ controllers: [PublishedController], providers: [PublishedService], exports: [PublishedService] })
export class PublishedModule {}
