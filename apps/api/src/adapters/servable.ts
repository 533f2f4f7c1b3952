import type { Servability, TrialSpec } from '@rankforge/contracts';
import { servability } from '@rankforge/peft';
import type { Catalog } from '../catalog/catalog.js';
import type { Tasks } from '../catalog/tasks.js';

/** Whether vLLM would serve the adapter of a training; null where its method, base model or task is not there any more. */
export async function servableOf(
  spec: TrialSpec,
  catalog: Catalog,
  tasks: Tasks,
  projectId: string,
): Promise<Servability | null> {
  const [method, base] = [catalog.method(spec.method), catalog.base(spec.base)];
  const found = await tasks.find(spec.task, projectId);
  if (!method || !base || !found) return null;
  const config = method.config.safeParse(spec.methodConfig);
  if (!config.success) return null;
  const { outputs } = found.task;
  return servability({
    model: base.config,
    method,
    config: config.data,
    targets: spec.training.targets,
    ...(outputs === undefined ? {} : { classes: outputs }),
  });
}
