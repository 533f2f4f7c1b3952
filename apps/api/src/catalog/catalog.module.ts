import { type FactoryProvider, Module } from '@nestjs/common';
import { BaseShelf } from '@rankforge/bases';
import { libraryVersion } from '@rankforge/peft';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { CatalogController } from './catalog.controller.js';
import { Catalog } from './catalog.js';
import { Tasks } from './tasks.js';

export const catalogProvider: FactoryProvider<Catalog> = {
  provide: Catalog,
  inject: [SETTINGS],
  useFactory: async ({ modelsDir, digestsDir }: ApiSettings) => {
    const catalog = new Catalog(new BaseShelf(modelsDir, { digestsDir }), libraryVersion);
    await catalog.refreshBases();
    return catalog;
  },
};

@Module({
  controllers: [CatalogController],
  providers: [Tasks, catalogProvider],
  exports: [Catalog, Tasks],
})
export class CatalogModule {}
