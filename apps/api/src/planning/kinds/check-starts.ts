import type { FieldError, TrainingOptions } from '@rankforge/contracts';
import { type Contender, isEvaluator } from '@rankforge/evaluators';
import type { Task } from '@rankforge/tasks';
import type { MethodAxes } from '../expand.js';

/** Adapters that methods start from must fit the task and the targets, and 0 steps need one where a head, or first values of the method, would be drawn. */
export function checkStarts(
  methods: readonly MethodAxes[],
  { task, training }: { task: Task; training: TrainingOptions },
  errors: FieldError[],
): void {
  for (const { index, method, from } of methods) {
    const path = `/methods/${index}/from`;
    if (!from) {
      const lacking = training.steps === 0 ? whyUnscored(method, task) : undefined;
      if (lacking)
        errors.push({ path, message: `0 steps would score ${lacking}: name an adapter to start from, or train` });
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

/** Names what is drawn and not learned where a training begins, so that its score would be nobody's; undefined where that is the base. */
function whyUnscored(contender: Contender, { outputs }: Task): string | undefined {
  if (outputs !== undefined) return 'a head that was never trained';
  const startsAtBase = isEvaluator(contender) || contender.startsAtBase;
  return startsAtBase ? undefined : `first values of ${contender.name} that were never trained`;
}
