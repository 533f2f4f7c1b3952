/** @file A trained head: in the module that transformers has for it, or in a file of its own. */
import { writeSafetensors } from '../io/safetensors.js';
import type { HostTensor } from '../method.js';
import { architectureOf, type ModelConfig, modelInput } from '../models/config.js';
import { transpose } from './form.js';

/** The head of a class for classification. */
export interface Classifier {
  module: string;
  outputs: number;
  /** By name, in torch's layout. */
  tensors: ReadonlyMap<string, HostTensor>;
}

const isHead = (path: string) => path.startsWith('head.');
const inTorch = (value: HostTensor) => (value.shape.length === 2 ? transpose(value) : value);

/** Where transformers has the head that is trained on a model. Undefined: nowhere. */
export function classifierModule(model: ModelConfig) {
  const { classifier } = architectureOf(model).huggingFace;
  return classifier?.computes?.(model) === false ? undefined : classifier;
}

/** The head of the adapter whose tensors these are, where transformers has it. */
export function classifierOf(model: ModelConfig, stored: ReadonlyMap<string, HostTensor>): Classifier | undefined {
  const classifier = classifierModule(model);
  const bias = stored.get('head.bias');
  if (!classifier || !bias) return undefined;
  const heads = [...stored].filter(([path]) => isHead(path));
  const tensors = new Map(heads.map(([path, value]) => [classifier.names[path]!, inTorch(value)] as const));
  return { module: classifier.module, outputs: bias.values.length, tensors };
}

/**
 * A head that no class of transformers computes as we do (the first of the last hidden states, or the mean of those of the real
 * tokens, then weight and bias): torch's layout, in a file of its own, which says the `pooling`.
 */
export function headFile(model: ModelConfig, stored: ReadonlyMap<string, HostTensor>): [string, Uint8Array][] {
  const [kernel, bias] = ['head.kernel', 'head.bias'].map((path) => stored.get(path));
  if (!kernel || !bias || classifierModule(model)) return [];
  const { pooling = 'mean' } = architectureOf(model).huggingFace;
  const head = new Map([
    ['weight', transpose(kernel)],
    ['bias', bias],
  ]);
  return [['classification_head.safetensors', writeSafetensors(head, { format: 'pt', pooling })]];
}

/** The task for which peft wraps the model; null where it has no class with our head. */
export function taskType(model: ModelConfig): string | null {
  if (architectureOf(model).vocabularyTable) return 'CAUSAL_LM';
  return modelInput(model).kind === 'tokens' && classifierModule(model) ? 'SEQ_CLS' : null;
}
