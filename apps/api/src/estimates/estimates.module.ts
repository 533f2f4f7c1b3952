import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { EstimatesController } from './estimates.controller.js';
import { EstimatesService } from './estimates.service.js';

@Module({ imports: [CatalogModule], controllers: [EstimatesController], providers: [EstimatesService] })
export class EstimatesModule {}
