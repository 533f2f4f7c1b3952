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

/** Where transformers has the head of the adapter whose tensors these are. */
export function classifierOf(model: ModelConfig, stored: ReadonlyMap<string, HostTensor>): Classifier | undefined {
  const { classifier } = architectureOf(model).huggingFace;
  const bias = stored.get('head.bias');
  if (!classifier || !bias) return undefined;
  const heads = [...stored].filter(([path]) => isHead(path));
  const tensors = new Map(heads.map(([path, value]) => [classifier.names[path]!, inTorch(value)] as const));
  return { module: classifier.module, outputs: bias.values.length, tensors };
}

/**
 * A head that no class of transformers computes as we do (the mean of the last hidden states of the real tokens, then weight
 * and bias): torch's layout, in a file of its own.
 */
export function headFile(model: ModelConfig, stored: ReadonlyMap<string, HostTensor>): [string, Uint8Array][] {
  const [kernel, bias] = ['head.kernel', 'head.bias'].map((path) => stored.get(path));
  if (!kernel || !bias || architectureOf(model).huggingFace.classifier) return [];
  const head = new Map([
    ['weight', transpose(kernel)],
    ['bias', bias],
  ]);
  return [['classification_head.safetensors', writeSafetensors(head, { format: 'pt', pooling: 'mean' })]];
}

/** The task for which peft wraps the model. */
export function taskType(model: ModelConfig): string | null {
  if (architectureOf(model).vocabularyTable) return 'CAUSAL_LM';
  return modelInput(model).kind === 'tokens' ? 'SEQ_CLS' : null;
}
