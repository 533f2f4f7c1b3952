/** @file The keys and values that a language model keeps of the tokens that it has read, so that the next token is read by itself. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { append } from '../engine/sequence.js';
import { tf } from '../tensor/tf.js';

interface KeysAndValues {
  key: tfjs.Tensor2D;
  value: tfjs.Tensor2D;
}

/**
 * Keys and values of every attention, of examples that are read in step: first some tokens of each, then one more of each at a
 * time. What a trial puts before the tokens is not among them, unless it goes through the model as tokens do.
 *
 * @example
 * const past = new KeyValueCache();
 * hiddenStates(config, { ...prompt, past }, access); // then again, with the next token of each example alone
 * past.dispose();
 */
export class KeyValueCache {
  /** Tokens of each example that were read, without those that a trial puts before them. */
  length = 0;
  private readonly attentions = new Map<string, KeysAndValues>();

  /** Adds what an attention made of the tokens that are read now. What is returned stays the cache's own. */
  extend(attention: string, { key, value }: KeysAndValues, batch: number): KeysAndValues {
    const before = this.attentions.get(attention);
    const grown = (own: tfjs.Tensor2D, earlier: tfjs.Tensor2D | undefined) => {
      const whole = tf.keep(earlier ? append(earlier, own, batch) : own.clone());
      earlier?.dispose();
      return whole;
    };
    const extended = { key: grown(key, before?.key), value: grown(value, before?.value) };
    this.attentions.set(attention, extended);
    return extended;
  }

  dispose(): void {
    for (const { key, value } of this.attentions.values()) tf.dispose([key, value]);
    this.attentions.clear();
    this.length = 0;
  }
}
