import type { TrialSpec } from '@rankforge/contracts';
import { leavesSeveral } from '@rankforge/federated';
import { findObjective } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { Catalog } from '../catalog/catalog.js';

/** Whether a training for the task learns the next token, so that its base writes. */
export const teachesWriting = ({ objective }: Pick<Task, 'objective'>): boolean =>
  findObjective(objective).on === 'vocabulary';

/** Whether a training leaves one adapter with which its base writes. False where its task is not there any more. */
export function leavesWriter(
  { strategy: name }: TrialSpec,
  { catalog, task }: { catalog: Catalog; task: Task | undefined },
): boolean {
  const strategy = name === undefined ? undefined : catalog.strategy(name);
  return task !== undefined && teachesWriting(task) && !(strategy && leavesSeveral(strategy));
}
