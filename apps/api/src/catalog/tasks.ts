import { Inject, Injectable } from '@nestjs/common';
import { commandOf, datasetOf, datasetTask, type TaskView } from '@rankforge/contracts';
import { ArtifactStore, type Database } from '@rankforge/db';
import { findObjective } from '@rankforge/peft';
import { DatasetHead, findTask, type Task, taskOfDataset, tasks } from '@rankforge/tasks';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { taskOfScript } from './own-script.js';

/** A task as the API shows it. */
export function viewTask({
  name,
  title,
  description,
  objective,
  image,
  fields,
  features,
  conversations,
  origins,
  primaryMetric,
  metrics,
  source,
  dataVersion,
  defaults,
}: Task): TaskView {
  const reads = image ? 'image' : fields ? 'fields' : features ? 'features' : 'tokens';
  const own = origins && Object.fromEntries(Object.entries(origins).map(([field, values]) => [field, [...values]]));
  return {
    name,
    title,
    description,
    objective,
    reads,
    writes: findObjective(objective).on === 'vocabulary',
    primaryMetric,
    metrics: [...metrics],
    ...(conversations && { conversations }),
    ...(own && { origins: own }),
    source,
    ...(dataVersion === undefined ? {} : { dataVersion }),
    defaults,
  };
}

/** A task, and the data set it is about where it is not built in. */
export interface FoundTask {
  task: Task;
  datasetId?: string;
}

interface Row {
  id: string;
  name: string;
  source: string;
  sha256: string;
  head: unknown;
}

/** The tasks that a sweep may be about: the tasks that are built in, and the data sets of this installation. */
@Injectable()
export class Tasks {
  private readonly store: ArtifactStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
  ) {
    this.store = new ArtifactStore(artifactDir);
  }

  /** @param projectId data sets of other projects are not found */
  async find(taskName: string, projectId: string): Promise<FoundTask | undefined> {
    if (commandOf(taskName) !== undefined) return this.ofScript(taskName, projectId);
    const name = datasetOf(taskName);
    if (name === undefined) {
      const task = findTask(taskName);
      return task && { task };
    }
    const row = await this.database.dataset.findUnique({ where: { projectId_name: { projectId, name } } });
    return row ? { task: this.taskOf(row), datasetId: row.id } : undefined;
  }

  /** The task that a script reads, with the metric of the first sweep that named it. */
  private async ofScript(task: string, projectId: string): Promise<FoundTask | undefined> {
    const first = await this.database.sweep.findFirst({
      where: { projectId, task, removedAt: null },
      orderBy: { createdAt: 'asc' },
      select: { objectiveMetric: true, objectiveDirection: true },
    });
    if (!first) return undefined;
    return {
      task: taskOfScript(task, {
        name: first.objectiveMetric,
        direction: first.objectiveDirection as 'minimize' | 'maximize',
      }),
    };
  }

  /** Built-in ones first. */
  async all(projectId: string): Promise<Task[]> {
    const rows = await this.database.dataset.findMany({ where: { projectId }, orderBy: { name: 'asc' } });
    return [...tasks, ...rows.map((row) => this.taskOf(row))];
  }

  /** Differs whenever a data set of the project was written. */
  async version(projectId: string): Promise<string> {
    const [datasets] = await this.database.$queryRaw<[{ version: string | null }]>`
      SELECT md5(string_agg("id"::text || "xmin"::text, ',' ORDER BY "id")) AS "version" FROM "Dataset"
      WHERE "projectId" = ${projectId}::uuid`;
    return datasets.version ?? '';
  }

  /** For the message about a name that is not known. */
  async names(projectId: string): Promise<string[]> {
    const rows = await this.database.dataset.findMany({
      where: { projectId },
      select: { name: true },
      orderBy: { name: 'asc' },
      take: 50,
    });
    return [...tasks.map(({ name }) => name), ...rows.map(({ name }) => datasetTask(name))];
  }

  private taskOf({ name, head, sha256, source }: Row): Task {
    return taskOfDataset({ name, head: DatasetHead.parse(head), sha256, source }, this.store.pathOf(sha256));
  }
}
