import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { TrialsController } from './trials.controller.js';
import { TrialsService } from './trials.service.js';

@Module({ imports: [CatalogModule], controllers: [TrialsController], providers: [TrialsService] })
export class TrialsModule {}
