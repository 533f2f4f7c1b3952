/** @file Rows before the tokens, as Python peft stores them: one tensor, `prompt_embeddings`. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { HostTensor, PromptForm, SequencePart } from '../method.js';
import { linearLayers, type ModelConfig } from '../models/config.js';
import { sequenceShape } from '../models/sequence.js';
import { tf } from '../tensor/tf.js';
import type { TrialModel } from '../training/trial.js';

/** Settings of the file; peft leaves those of the model to whoever wrote it. */
export function promptSettings(
  { length, peft }: Pick<SequencePart<unknown>, 'length'> & { peft: PromptForm },
  model: ModelConfig,
  config: unknown,
): Record<string, unknown> {
  const { attentions, width } = sequenceShape(model);
  const { heads } = linearLayers(model).find(({ shape }) => shape.role === peft.heads)!.shape;
  return {
    num_virtual_tokens: length(config),
    token_dim: peft.heads === 'key' ? attentions[0]!.width : width,
    num_transformer_submodules: 1,
    num_attention_heads: heads,
    num_layers: attentions.length,
    ...peft.settings,
  };
}

/** `[length, width]`, or keys and values of all attentions side by side, `[length, attentions · 2 · width]`. */
export async function promptEmbeddings(trial: TrialModel, model: ModelConfig): Promise<HostTensor> {
  const { embeddings, prefix } = trial.access().sequence!;
  const rows = tf.tidy(() => {
    if (embeddings) return embeddings().clone();
    const sides = sequenceShape(model).attentions.flatMap(({ path }): tfjs.Tensor2D[] => {
      const { key, value } = prefix!(path);
      return [key, value];
    });
    return tf.concat(sides, 1);
  });
  try {
    return { shape: rows.shape, values: Float32Array.from(await rows.data()) };
  } finally {
    rows.dispose();
  }
}
