import type { Servability, TrialSpec } from '@rankforge/contracts';
import { configLeft, leavesSeveral } from '@rankforge/federated';
import { servability } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { Catalog } from '../catalog/catalog.js';
import { clientsOf } from '../catalog/federations.js';

/** Whether vLLM would serve the adapter of a training; null where its method, base model or task is not there any more. */
export function servableOf(spec: TrialSpec, catalog: Catalog, task: Task | undefined): Servability | null {
  const [method, base] = [catalog.method(spec.method), catalog.base(spec.base)];
  if (!method || !base || !task) return null;
  const config = method.config.safeParse(spec.methodConfig);
  if (!config.success) return null;
  const { outputs } = task;
  const trained = {
    model: base.config,
    method,
    config: config.data,
    targets: spec.training.targets,
    ...(outputs === undefined ? {} : { classes: outputs }),
  };
  const { federation } = spec;
  const strategy = spec.strategy === undefined ? undefined : catalog.strategy(spec.strategy);
  if (!federation || !strategy) return servability(trained);
  if (leavesSeveral(strategy)) return { servable: false, reasons: ['Each client has an adapter of its own'] };
  const clients = clientsOf(federation.partition, task) ?? 0;
  return servability({ ...trained, config: configLeft(strategy, { ...trained, clients }, federation.rounds) });
}
