import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { AdaptersController } from './adapters.controller.js';
import { ImportedController } from './imported.controller.js';
import { ImportedAdapters } from './imported.service.js';

@Module({
  imports: [CatalogModule],
  controllers: [AdaptersController, ImportedController],
  providers: [ImportedAdapters],
  exports: [ImportedAdapters],
})
export class AdaptersModule {}
