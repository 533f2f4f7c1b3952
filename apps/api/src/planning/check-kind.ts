import { type CreateSweep, type FieldError, sweepKindOf, sweepKindsThat } from '@rankforge/contracts';
import type { Method } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import { purposesOf } from '../catalog/catalog.js';
import type { MethodAxes } from './expand.js';

/** What the kind of a sweep asks of its fields, its task and its methods; `errors` say what is missing. */
export function checkKind(
  request: CreateSweep,
  { task, methods, known }: { task: Task; methods: readonly MethodAxes[]; known: readonly Method[] },
  errors: FieldError[],
): void {
  const { kind, initial, on, recoverySteps, scheduler, protocol } = request;
  const { wholeModel, drawsWeights, makesSmaller } = sweepKindOf(kind);
  const add = (path: string, message: string) => errors.push({ path, message });
  if (initial && !drawsWeights) {
    const others = sweepKindsThat((other) => other.drawsWeights);
    add('/initial', `of a ${others} sweep alone: this one is to ${kind}`);
  }
  if (on && drawsWeights && initial !== 'base') {
    add('/initial', 'weights are drawn anew from scratch: to go on from the model that "on" names, say "base"');
  }
  if (on && request.methods.some(({ from }) => from)) {
    add('/on', 'a method starts from an adapter of the base model as it is: leave one of both out');
  }
  if (recoverySteps && !makesSmaller) {
    const others = sweepKindsThat((other) => other.makesSmaller);
    add('/recoverySteps', `of a ${others} sweep alone: set training.steps`);
  }
  for (const { index, method } of methods) {
    if (purposesOf(method).includes(kind)) continue;
    const names = known.filter((other) => purposesOf(other).includes(kind)).map(({ name }) => name);
    const own = purposesOf(method).join(' and ');
    add(
      `/methods/${index}/name`,
      `${method.name} is to ${own}, not to ${kind}; for that: ${names.join(', ') || 'none'}`,
    );
  }
  if (!wholeModel) return;
  if (task.outputs !== undefined) {
    add(
      '/task',
      `a ${kind} sweep predicts by the model's own head, and ${task.name} has a head of ${task.outputs} outputs`,
    );
  }
  for (const [index, { from, teacher }] of request.methods.entries()) {
    if (from) add(`/methods/${index}/from`, `a ${kind} sweep starts from a whole model: leave it out`);
    if (teacher) add(`/methods/${index}/teacher`, `a ${kind} sweep has no teacher: leave it out`);
  }
  if (!makesSmaller) return;
  if (recoverySteps && request.training.steps !== undefined) {
    add('/training/steps', `recoverySteps says it for a ${kind} sweep: leave it out`);
  }
  if (!scheduler && !protocol) return;
  const steps = recoveries(request);
  if (steps.length > 1 || steps[0] === 0) {
    const what = scheduler ? `a scheduler (${scheduler.kind})` : `a ${protocol!.kind} protocol`;
    add('/recoverySteps', `${what} compares trainings of one length: give one number above 0, got ${steps.join(', ')}`);
  }
}

/** Optimizer steps after a compression: an axis. */
export const recoveries = ({ recoverySteps, training }: CreateSweep): readonly number[] =>
  recoverySteps ?? [training.steps ?? 0];
