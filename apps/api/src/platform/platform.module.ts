import { type DynamicModule, Global, Module } from '@nestjs/common';
import { openDatabase } from '@rankforge/db';
import { Computing } from './computing.js';
import { DATABASE, DatabaseLifetime } from './database.js';
import type { ApiSettings } from './env.js';
import { Notifications } from './notifications.js';
import { TrialQueues } from './queues.js';
import { SETTINGS } from './settings.js';

@Global()
@Module({})
class PlatformModule {}

/** Services that several nouns need and that know nothing about training. */
export function platformModule(settings: ApiSettings): DynamicModule {
  return {
    module: PlatformModule,
    providers: [
      { provide: SETTINGS, useValue: settings },
      { provide: DATABASE, useFactory: () => openDatabase({ url: settings.databaseUrl, poolSize: 8 }) },
      Computing,
      DatabaseLifetime,
      Notifications,
      TrialQueues,
    ],
    exports: [SETTINGS, DATABASE, Computing, Notifications, TrialQueues],
  };
}
