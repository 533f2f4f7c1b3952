import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { GeneratorsController } from './generators.controller.js';
import { Generators } from './generators.service.js';

@Module({
  imports: [CatalogModule],
  controllers: [GeneratorsController],
  providers: [Generators],
  exports: [Generators],
})
export class GeneratorsModule {}
