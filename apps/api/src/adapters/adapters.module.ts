import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { UploadsModule } from '../uploads/uploads.module.js';
import { AdapterExports } from './adapter-exports.js';
import { AdapterReader } from './adapter-reader.js';
import { AdaptersController } from './adapters.controller.js';
import { ImportedController } from './imported.controller.js';
import { ImportedAdapters } from './imported.service.js';
import { TrainedModels } from './trained-models.js';

@Module({
  imports: [CatalogModule, UploadsModule],
  controllers: [AdaptersController, ImportedController],
  providers: [AdapterExports, AdapterReader, ImportedAdapters, TrainedModels],
  exports: [ImportedAdapters, TrainedModels],
})
export class AdaptersModule {}
