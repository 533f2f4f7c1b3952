import { Module } from '@nestjs/common';
import { UploadsModule } from '../uploads/uploads.module.js';
import { DatasetsController } from './datasets.controller.js';
import { DatasetsService } from './datasets.service.js';
import { Importer } from './importer.js';

@Module({ imports: [UploadsModule], controllers: [DatasetsController], providers: [DatasetsService, Importer] })
export class DatasetsModule {}
