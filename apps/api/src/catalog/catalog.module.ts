import { Module } from '@nestjs/common';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { readBases } from './bases.js';
import { CatalogController } from './catalog.controller.js';
import { Catalog } from './catalog.js';
import { libraryVersion } from './library-version.js';

@Module({
  controllers: [CatalogController],
  providers: [
    {
      provide: Catalog,
      inject: [SETTINGS],
      useFactory: async ({ modelsDir }: ApiSettings) => new Catalog(await readBases(modelsDir), libraryVersion),
    },
  ],
  exports: [Catalog],
})
export class CatalogModule {}
