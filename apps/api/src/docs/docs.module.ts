import { Module } from '@nestjs/common';
import { ApiDescription } from './description.js';
import { DocsController } from './docs.controller.js';

@Module({ controllers: [DocsController], providers: [ApiDescription] })
export class DocsModule {}
