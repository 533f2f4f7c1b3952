import type { FieldError, TrainingOptions } from '@rankforge/contracts';
import type { Task } from '@rankforge/tasks';
import type { MethodAxes } from '../expand.js';

/** Adapters that methods start from must fit the task and the targets, and 0 steps need one where a head would be made. */
export function checkStarts(
  methods: readonly MethodAxes[],
  { task, training }: { task: Task; training: TrainingOptions },
  errors: FieldError[],
): void {
  for (const { index, from } of methods) {
    const path = `/methods/${index}/from`;
    if (!from) {
      const message = '0 steps would score a head that was never trained: name an adapter to start from, or train';
      if (training.steps === 0 && task.outputs !== undefined) errors.push({ path, message });
      continue;
    }
    if ((task.outputs ?? null) !== from.classes) {
      const own = from.classes === null ? 'no head' : `a head of ${from.classes} classes`;
      const needed = task.outputs === undefined ? 'none' : `one of ${task.outputs} outputs`;
      errors.push({ path, message: `${from.name} has ${own}, and ${task.name} needs ${needed}` });
    }
    if (from.targets.toSorted().join() !== training.targets.toSorted().join()) {
      const message = `${from.name} is on ${from.targets.join(', ')}: training.targets must name these`;
      errors.push({ path: '/training/targets', message });
    }
  }
}
