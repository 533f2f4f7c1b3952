import type { TrialSpec } from '@rankforge/contracts';
import { findObjective, leavesSeveral } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { Catalog } from '../catalog/catalog.js';
import type { Tasks } from '../catalog/tasks.js';

/** Who was trained for it predicts the next token, and so writes. */
export const teachesWriting = ({ objective }: Pick<Task, 'objective'>): boolean =>
  findObjective(objective).on === 'vocabulary';

/** Whether a training leaves one adapter with which its base writes. False where its task is not there any more. */
export async function leavesWriter(
  { task, strategy: name }: TrialSpec,
  { catalog, tasks, projectId }: { catalog: Catalog; tasks: Tasks; projectId: string },
): Promise<boolean> {
  const found = await tasks.find(task, projectId);
  const strategy = name === undefined ? undefined : catalog.strategy(name);
  return found !== undefined && teachesWriting(found.task) && !(strategy && leavesSeveral(strategy));
}
