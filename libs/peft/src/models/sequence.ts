/** @file Rows that a trial puts before the tokens of every example or beside them, and the facts of a model that they depend on. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { BesideTokens, SequenceShape } from '../method.js';
import { linearLayers, type ModelConfig } from './config.js';

/** Stands for the embedding among the paths of attentions. */
export const EMBEDDING = 'embedding';

/** The facts of a model that a sequence part may know: every attention has a linear layer for its keys. */
export function sequenceShape(model: ModelConfig): SequenceShape {
  const keys = linearLayers(model).filter(({ shape }) => shape.role === 'key');
  const attentions = keys.map(({ path, shape }) => ({ path: path.slice(0, path.lastIndexOf('.')), width: shape.out }));
  return { width: model.width, attentions };
}

/** How a forward pass reaches what a trial puts into the sequence. */
export interface SequenceAccess {
  /** Positions that are taken up before the first token. */
  length: number;
  /** `[length, width]` */
  embeddings?(): tfjs.Tensor2D;
  /** `[length, width of the attention's keys]`, by the path of the attention. */
  prefix?(attention: string): { key: tfjs.Tensor2D; value: tfjs.Tensor2D };
  /** Rows that an attention reads beside the tokens, by its path. */
  beside?(attention: string): BesideTokens | undefined;
}
