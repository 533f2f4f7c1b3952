/** @file A trained head: in the module that transformers has for it, or in a file of its own. */
import { z } from 'zod';
import { fromJson } from '../io/json.js';
import { writeSafetensors } from '../io/safetensors.js';
import type { HostTensor } from '../method.js';
import { architectureOf, type ModelConfig, modelInput } from '../models/config.js';
import type { AdapterInfo } from '../training/adapter.js';
import { ownUnit } from '../training/head-answers.js';
import { PeftAdapterError } from './error.js';
import { transpose } from './form.js';

/** The head of a class for classification. */
export interface Classifier {
  module: string;
  outputs: number;
  /** By name, in torch's layout. */
  tensors: ReadonlyMap<string, HostTensor>;
}

/** A head that the model's class has no place for. */
export const HEAD_FILE = 'classification_head.safetensors';
/** Names of classes in the order of their ids. */
export const LABELS_FILE = 'labels.json';

/** Metadata of adapter weights whose head answers as it was trained, in a unit that nobody kept. */
const UNIT_UNKNOWN = { unit: 'unknown' };

/** The hidden states of an example that such a head reads: the first, or the mean of those of its real tokens. */
export const headPooling = (model: ModelConfig): 'first' | 'mean' =>
  architectureOf(model).huggingFace.pooling ?? 'mean';

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
  const head = new Map([
    ['weight', transpose(kernel)],
    ['bias', bias],
  ]);
  return [[HEAD_FILE, writeSafetensors(head, { format: 'pt', pooling: headPooling(model) })]];
}

/** The `config.json` of a model says so what its head answers. */
export function answersInConfig({ unit, labels }: Partial<AdapterInfo> = {}): Record<string, unknown> {
  if (unit) return { problem_type: 'regression' };
  if (!labels) return {};
  return {
    id2label: Object.fromEntries(labels.map((name, id) => [id, name])),
    label2id: Object.fromEntries(labels.map((name, id) => [name, id])),
  };
}

/** Metadata of adapter weights with a head, for what an import cannot know otherwise. */
export function headMetadata({ classes, objective, unit, labels }: AdapterInfo): Record<string, string> {
  if (classes === undefined) return {};
  const known = objective !== undefined || unit !== undefined;
  return { ...(!known && UNIT_UNKNOWN), ...(labels && { labels: JSON.stringify(labels) }) };
}

/**
 * The same of an adapter that is read: its head answers with the numbers themselves, as whoever trains with Python has them, unless the
 * metadata says otherwise.
 *
 * @param metadata of `adapter_model.safetensors`
 * @throws PeftAdapterError if names of classes are no list of as many names as the head has answers
 */
export function readHeadMetadata(
  metadata: Readonly<Record<string, string>>,
  classes: number,
): Pick<AdapterInfo, 'classes' | 'unit' | 'labels'> {
  const unit = metadata.unit === UNIT_UNKNOWN.unit ? {} : { unit: ownUnit };
  if (metadata.labels === undefined) return { classes, ...unit };
  const labels = z.array(z.string()).length(classes).safeParse(fromJson(metadata.labels));
  if (labels.success) return { classes, ...unit, labels: labels.data };
  throw new PeftAdapterError(
    `adapter_model.safetensors: metadata field labels: expected a list of ${classes} names, one for each answer of the head`,
  );
}

/** The task for which peft wraps the model; null where it has no class with our head. */
export function taskType(model: ModelConfig): string | null {
  if (architectureOf(model).vocabularyTable) return 'CAUSAL_LM';
  return modelInput(model).kind === 'tokens' && classifierModule(model) ? 'SEQ_CLS' : null;
}
