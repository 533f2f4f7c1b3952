/** @file A head that peft saved beside an adapter: the one of `modules_to_save` that an adapter of ours can hold. */
import type { HostTensor } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import { PeftAdapterError } from './error.js';
import { MODULE, type PeftFiles, transpose } from './form.js';
import { classifierModule } from './head.js';

export interface WithoutHead extends PeftFiles {
  /** By our paths; empty where no head was saved. */
  head: ReadonlyMap<string, HostTensor>;
}

/** peft lists both for every classifier, whichever the model has. */
const listedAlways = new Set(['classifier', 'score']);

/**
 * Takes the trained head out of the files. A head that peft lists and the model does not have counts as left out.
 *
 * @throws PeftAdapterError naming a module that is another part of the base, a tensor that the head lacks, or a task whose head
 *   answers for something else than a whole example
 */
export function takeHead(model: ModelConfig, { settings, tensors }: PeftFiles): WithoutHead {
  const classifier = classifierModule(model);
  const head = new Map<string, HostTensor>();
  const rest = new Map(tensors);
  for (const name of namesOf(settings.modules_to_save)) {
    const keys = [...tensors.keys()].filter((key) => `${key}.`.includes(`.${name}.`));
    if (keys.length === 0 && listedAlways.has(name) && name !== classifier?.module) continue;
    if (name !== classifier?.module) throw new PeftAdapterError(otherModule(name, keys[0], classifier?.module));
    for (const [path, stored] of Object.entries(classifier.names)) {
      const key = `${MODULE}${stored}`;
      const value = tensors.get(key);
      if (value === undefined) throw new PeftAdapterError(`adapter_model.safetensors lacks ${key}, a part of the head`);
      head.set(path, value.shape.length === 2 ? transpose(value) : value);
      rest.delete(key);
    }
  }
  if (head.size > 0) requireWholeExamples(settings.task_type);
  requireOneNumberOfClasses(head);
  return { settings: { ...settings, modules_to_save: null }, tensors: rest, head };
}

function namesOf(modules: unknown): string[] {
  if (modules === undefined || modules === null) return [];
  if (Array.isArray(modules) && modules.every((name) => typeof name === 'string')) return modules;
  throw new PeftAdapterError('adapter_config.json: modules_to_save: expected names of modules');
}

const otherModule = (name: string, key: string | undefined, head: string | undefined) =>
  `adapter_config.json: modules_to_save: ${name} is a part of the model that was trained whole (${key ?? 'of which there is no tensor'}), and an adapter ` +
  `here holds ${head ? `only the head ${head}` : 'no such part: the head of this base is computed in another way'}`;

/** A head has the same names where it answers for each token: only the task tells. */
function requireWholeExamples(task: unknown): void {
  if (task === undefined || task === null || task === 'SEQ_CLS') return;
  throw new PeftAdapterError(
    `adapter_config.json: task_type: ${JSON.stringify(task)} has another head than an adapter here, whose head answers once for ` +
      'a whole example; expected "SEQ_CLS" or null',
  );
}

function requireOneNumberOfClasses(head: ReadonlyMap<string, HostTensor>): void {
  const [kernel, bias] = [head.get('head.kernel'), head.get('head.bias')];
  if (head.size === 0 || (kernel?.shape[1] !== undefined && kernel.shape[1] === bias?.shape[0])) return;
  throw new PeftAdapterError(
    `The head has a weight [${kernel?.shape}] and a bias [${bias?.shape}]: expected one bias for each of its classes`,
  );
}
