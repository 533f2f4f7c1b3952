import type { CreateSweep, FieldError, TrainingOptions } from '@rankforge/contracts';
import { hyperband, rungSteps } from '@rankforge/search';
import type { MethodAxes } from './expand.js';

/** What a search and a scheduler need of the rest of the request; `errors` say what is missing. */
export function checkSearch(
  { search, scheduler, methods: entries }: CreateSweep,
  training: TrainingOptions,
  methods: readonly MethodAxes[],
  errors: FieldError[],
): void {
  const samples = search.kind === 'sobol' || search.kind === 'tpe';
  for (const { index, axes } of samples ? [] : methods) {
    for (const { name } of axes.filter(({ range }) => range)) {
      const path = Object.hasOwn(entries[index]!, name) ? `/methods/${index}/${name}` : `/${name}`;
      const message = `a ${search.kind} search takes lists: give values, or search by sobol or tpe`;
      if (!errors.some((error) => error.path === path)) errors.push({ path, message });
    }
  }
  if (!scheduler) return;
  if (scheduler.kind === 'median') {
    if (training.evalEvery === undefined || training.evalEvery >= training.steps) {
      const message = `median stopping compares evaluations on the way: set it to less than the ${training.steps} steps`;
      errors.push({ path: '/training/evalEvery', message });
    }
    return;
  }
  if (scheduler.minSteps >= training.steps) {
    const message = `must be less than the ${training.steps} steps of a whole training, got ${scheduler.minSteps}`;
    errors.push({ path: '/scheduler/minSteps', message });
    return;
  }
  const ladder = { ...scheduler, maxSteps: training.steps };
  const rungs = scheduler.kind === 'asha' ? rungSteps(ladder).length : hyperband(ladder).length;
  if (rungs < 2) {
    const message = `there is one rung only between ${scheduler.minSteps} and ${training.steps} steps: take a smaller minSteps or reduction`;
    errors.push({ path: '/scheduler/minSteps', message });
  }
}
