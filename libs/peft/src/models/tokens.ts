/** @file The table of tokens, and rows that a trial has in the place of some of it. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { baseParameters, type ModelConfig, modelInput } from './config.js';

/** Rows of a table that a trial has instead of the base's. */
export interface OwnRows {
  /** Path of the table. */
  table: string;
  /** The row of each id that has one. */
  rowOf: ReadonlyMap<number, number>;
  /** `[rows, width]` */
  rows(): tfjs.Tensor2D;
}

/** The path of the `[vocabulary, width]` table that tokens are looked up in; undefined where the model reads none. */
export const tokenTable = (config: ModelConfig): string | undefined =>
  modelInput(config).kind === 'tokens'
    ? baseParameters(config).find(({ kind }) => kind === 'embedding')?.path
    : undefined;
