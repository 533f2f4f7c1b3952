import { Inject, Injectable } from '@nestjs/common';
import type { CreateSweep } from '@rankforge/contracts';
import { ImportedAdapters } from '../adapters/imported.service.js';
import { TrainedModels } from '../adapters/trained-models.js';
import { Catalog } from '../catalog/catalog.js';
import { Tasks } from '../catalog/tasks.js';
import { Generators } from '../generators/generators.service.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { planSweep } from './plan.js';
import type { SweepPlan } from './sweep-plan.js';

/** Plans sweeps from everything that a request may name. */
@Injectable()
export class SweepPlanner {
  constructor(
    private readonly catalog: Catalog,
    private readonly tasks: Tasks,
    private readonly adapters: ImportedAdapters,
    private readonly models: TrainedModels,
    private readonly generators: Generators,
    @Inject(SETTINGS) private readonly installation: ApiSettings,
  ) {}

  /** Checks a request against what is there for a project. @throws ProblemError as `planSweep` */
  plan(request: CreateSweep, projectId: string): Promise<SweepPlan> {
    const { catalog, tasks, adapters, models, generators, installation } = this;
    return planSweep(request, { projectId, catalog, tasks, adapters, models, generators, installation });
  }
}
