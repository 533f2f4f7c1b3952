import { Module } from '@nestjs/common';
import { DatasetsController } from './datasets.controller.js';
import { DatasetsService } from './datasets.service.js';
import { Importer } from './importer.js';

@Module({ controllers: [DatasetsController], providers: [DatasetsService, Importer] })
export class DatasetsModule {}
