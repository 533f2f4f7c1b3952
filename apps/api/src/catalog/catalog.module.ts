import { Module } from '@nestjs/common';
import { BaseShelf } from '@rankforge/bases';
import { libraryVersion } from '@rankforge/peft';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { CatalogController } from './catalog.controller.js';
import { Catalog } from './catalog.js';
import { Tasks } from './tasks.js';

@Module({
  controllers: [CatalogController],
  providers: [
    Tasks,
    {
      provide: Catalog,
      inject: [SETTINGS],
      useFactory: async ({ modelsDir, digestsDir }: ApiSettings) => {
        const catalog = new Catalog(new BaseShelf(modelsDir, { digestsDir }), libraryVersion);
        await catalog.refreshBases();
        return catalog;
      },
    },
  ],
  exports: [Catalog, Tasks],
})
export class CatalogModule {}
