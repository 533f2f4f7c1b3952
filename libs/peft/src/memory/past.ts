/** @file Keys and values of tokens that were read before. */
import type { Method } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import { sequenceShape } from '../models/sequence.js';
import type { TrialPlan } from '../training/plan.js';
import type { Value } from './operation-cost.js';
import type { Tape } from './tape.js';

interface PastInput {
  method: Method;
  model: ModelConfig;
  plan: TrialPlan;
  batchSize: number;
}

/** Keys and values of all tokens so far, from those of an attention's own. */
export type HeldPast = (attention: string, own: { key: Value; value: Value }) => { key: Value; value: Value };

/**
 * Mirrors models/past.ts: what is held of so many earlier tokens, and what becomes of it in each attention, as rows are appended.
 */
export function heldPast({ method, model, plan, batchSize }: PastInput, tape: Tape, earlier: number): HeldPast {
  const virtual = method.sequence?.embeddings ? method.sequence.length(plan.config) : 0;
  const none = { saves: [], keeps: 0, backward: 0, gradients: 0 };
  const made = (rows: number, width: number, forward: number) => {
    const value = tape.run({ name: 'past', operands: [], rows, width, trains: false, cost: { ...none, forward } });
    tape.hold(value);
    return value;
  };
  const rows = batchSize * (virtual + earlier);
  const attentions = earlier === 0 ? [] : sequenceShape(model).attentions;
  const held = new Map(
    attentions.map(({ path, width }) => [path, { key: made(rows, width, 0), value: made(rows, width, 0) }]),
  );
  return (attention, own) => {
    const before = held.get(attention);
    const extend = (own: Value, earlier: Value | undefined) => {
      if (earlier === undefined) {
        tape.hold(own);
        return own;
      }
      const rows = earlier.rows + own.rows;
      const whole = made(rows, own.width, rows * own.width);
      tape.letGo(earlier);
      return whole;
    };
    return { key: extend(own.key, before?.key), value: extend(own.value, before?.value) };
  };
}
