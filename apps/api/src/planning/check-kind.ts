import {
  type CreateSweep,
  type EngineName,
  engineNames,
  engineRecord,
  enginesOf,
  type FieldError,
  foreignFields,
  hasKindField,
  sweepKindOf,
  sweepKindRecords,
} from '@rankforge/contracts';
import type { Contender } from '@rankforge/evaluators';
import type { Task } from '@rankforge/tasks';
import { kindsOf } from '../catalog/catalog.js';
import type { MethodAxes } from './expand.js';
import type { Installation } from './kinds/kind.js';
import { sweepKindPlanning } from './kinds/registry.js';

/** Checks what the kind of a sweep asks of its fields, its task and its methods; `errors` say what is missing. */
export function checkKind(
  request: CreateSweep,
  {
    task,
    methods,
    known,
    installation,
  }: { task: Task; methods: readonly MethodAxes[]; known: readonly Contender[]; installation: Installation },
  errors: FieldError[],
): void {
  const { kind, on } = request;
  const add = (path: string, message: string) => errors.push({ path, message });
  for (const { name, kinds, instead } of foreignFields(kind)) {
    if (request[name] !== undefined) add(`/${name}`, `of sweeps to ${kinds} alone: ${instead}`);
  }
  if (!hasKindField(kind, 'federation')) {
    for (const [index, method] of request.methods.entries()) {
      const field = (['strategy', 'strategyConfig', 'clientRanks'] as const).find((name) => method[name] !== undefined);
      if (field) add(`/methods/${index}/${field}`, `of a federation alone, and this sweep is to ${kind}: leave it out`);
    }
  }
  if (task.sites && !hasKindField(kind, 'federation')) {
    add(
      '/task',
      `examples of ${task.name} lie at sites (${task.sites.join(', ')}), and a sweep to ${kind} reads them in one place: train by a federation`,
    );
  }
  if (hasKindField(kind, 'federation')) {
    for (const [index, { recipe }] of request.methods.entries()) {
      if (recipe === undefined) continue;
      add(
        `/methods/${index}/recipe`,
        `${recipe} is followed by one training, and the clients of a federation make many: leave it out`,
      );
    }
  }
  const { commands } = sweepKindOf(kind);
  for (const engine of enginesOf(request)) {
    if (engineRecord(engine).runner) checkRunner(engine, request, add);
    if (engineRecord(engine).commands === commands) continue;
    const message = commands
      ? `a ${kind} sweep runs a program of yours: say engine "${engineNames.find((name) => engineRecord(name).commands)}"`
      : `${engine} runs programs of yours: say kind "${sweepKindRecords.find((record) => record.commands)!.name}", or choose another engine`;
    add('/engine', message);
  }
  if (on && request.methods.some(({ from }) => from)) {
    add('/on', 'a method starts from an adapter of the base model as it is: leave one of both out');
  }
  for (const { index, method } of commands ? [] : methods) {
    if (kindsOf(method).includes(kind)) continue;
    const names = known.filter((other) => kindsOf(other).includes(kind)).map(({ name }) => name);
    const own = kindsOf(method).join(' and ');
    add(
      `/methods/${index}/name`,
      `${method.name} is to ${own}, not to ${kind}; for that: ${names.join(', ') || 'none'}`,
    );
  }
  if (sweepKindOf(kind).wholeModel) checkWholeModel(request, task, add);
  sweepKindPlanning[kind].check?.(request, add, task, installation);
}

/** What an engine that is a program of its own does for no sweep. */
function checkRunner(
  engine: EngineName,
  { kind, on }: CreateSweep,
  add: (path: string, message: string) => void,
): void {
  const { onRunners } = sweepKindOf(kind) as { onRunners?: true };
  if (!onRunners)
    add('/engine', `${engine} runs sweeps to finetune alone, and this one is to ${kind}: choose another engine`);
  if (on !== undefined)
    add(
      '/on',
      `${engine} opens a base model as it is, without a training in it: leave it out, or choose another engine`,
    );
}

function checkWholeModel(
  { kind, methods }: CreateSweep,
  task: Task,
  add: (path: string, message: string) => void,
): void {
  if (task.outputs !== undefined) {
    add(
      '/task',
      `a ${kind} sweep predicts by the model's own head, and ${task.name} has a head of ${task.outputs} outputs`,
    );
  }
  for (const [index, { from, teacher }] of methods.entries()) {
    if (from) add(`/methods/${index}/from`, `a ${kind} sweep starts from a whole model: leave it out`);
    if (teacher) add(`/methods/${index}/teacher`, `a ${kind} sweep has no teacher: leave it out`);
  }
}
