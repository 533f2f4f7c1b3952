import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { AdaptersModule } from './adapters/adapters.module.js';
import { ArtifactsModule } from './artifacts/artifacts.module.js';
import { AuditModule } from './audit/audit.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import { DiagnosisModule } from './diagnosis/diagnosis.module.js';
import { DocsModule } from './docs/docs.module.js';
import { EstimatesModule } from './estimates/estimates.module.js';
import { EventsModule } from './events/events.module.js';
import { GeneratorsModule } from './generators/generators.module.js';
import { HealthModule } from './health/health.module.js';
import { KeysModule } from './keys/keys.module.js';
import { LeaderboardModule } from './leaderboard/leaderboard.module.js';
import { LoginModule } from './login/login.module.js';
import { MemoryModule } from './memory/memory.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { PaperClaimsModule } from './paper-claims/paper-claims.module.js';
import type { ApiSettings } from './platform/env.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { ResponseInterceptor } from './platform/http/response.interceptor.js';
import { ValidationPipe } from './platform/http/validation.pipe.js';
import { platformModule } from './platform/platform.module.js';
import { ProjectsModule } from './projects/projects.module.js';
import { PublishedModule } from './published/published.module.js';
import { RunsModule } from './runs/runs.module.js';
import { SchedulingModule } from './scheduling/scheduling.module.js';
import { StorageModule } from './storage/storage.module.js';
import { SweepsModule } from './sweeps/sweeps.module.js';
import { TrialsModule } from './trials/trials.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';
import { WorkersModule } from './workers/workers.module.js';

@Module({})
class AppModule {}

/** The whole API. */
export function appModule(settings: ApiSettings): DynamicModule {
  return {
    module: AppModule,
    imports: [
      platformModule(settings),
      KeysModule,
      ProjectsModule,
      AuditModule,
      LoginModule,
      WebhooksModule,
      SweepsModule,
      TrialsModule,
      AdaptersModule,
      ArtifactsModule,
      StorageModule,
      CatalogModule,
      GeneratorsModule,
      PaperClaimsModule,
      DatasetsModule,
      WorkersModule,
      LeaderboardModule,
      PublishedModule,
      RunsModule,
      MemoryModule,
      EstimatesModule,
      EventsModule,
      HealthModule,
      DiagnosisModule,
      MetricsModule,
      DocsModule,
      SchedulingModule,
    ],
    providers: [
      { provide: APP_PIPE, useClass: ValidationPipe },
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_INTERCEPTOR, useClass: ResponseInterceptor },
    ],
  };
}
