/** @file The operations of what a sequence part puts before the tokens or beside them, on sizes. */
import type { Method } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import { sequenceShape } from '../models/sequence.js';
import { sizeOf } from '../tensor/shape.js';
import type { TrialPlan } from '../training/plan.js';
import * as costs from './costs.js';
import type { Value } from './operation-cost.js';
import type { Tape } from './tape.js';

interface Input {
  method: Method;
  model: ModelConfig;
  plan: TrialPlan;
  batchSize: number;
  /** Something is added to what blocks put out. */
  perturbed?: { trains: boolean };
}

/** Rows that a sequence part puts before the tokens or beside them, where the method has one. */
export function sequenceRows({ method, model, plan, batchSize, perturbed }: Input) {
  const { sequence: part } = method;
  if (part === undefined) return undefined;
  const { config } = plan;
  const count = part.length(config);
  const keeps = part.activations?.(sequenceShape(model), config) ?? 0;
  // A tensor with several readers gets its gradient in the last.
  const madeIn = (reader: string) => {
    const made = plan.adapters.filter(({ trained, users }) => trained && users.at(-1) === reader);
    return {
      gradients: made.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      completes: made.map(({ path }) => path),
    };
  };
  // Where something is searched for that is added to blocks, the model is frozen, as in a pass that nothing is trained by.
  const trainsBefore = (reader: string) =>
    !perturbed?.trains && plan.adapters.some(({ trained, users }) => trained && users.includes(reader));
  return {
    part,
    /** Rows beside the tokens of an attention; undefined where it has none. */
    beside(tape: Tape, reader: string): Value | undefined {
      if (!part.beside || !plan.adapters.some(({ users }) => users.includes(reader))) return undefined;
      const { gradients, completes } = madeIn(reader);
      const cost = { saves: [], keeps, forward: keeps, backward: 2 * keeps + gradients, gradients };
      const [rows, { width }] = [part.beside.rows(config), model];
      const trains = trainsBefore(reader);
      return tape.run({ name: `rows beside ${reader}`, operands: [], rows, width, trains, cost, completes });
    },
    /** @param parts the reader has so many such rows: each takes its share of what is made for the reader */
    prepend(tape: Tape, reader: string, x: Value, parts = 1): Value {
      const { gradients, completes } = madeIn(reader);
      const before = { size: count * x.width, keeps: keeps / parts, gradients: gradients / parts };
      const cost = costs.prependCost(x, batchSize, before);
      const rows = x.rows + batchSize * count;
      const trains = trainsBefore(reader);
      return tape.run({ name: `before ${reader}`, operands: [x], rows, width: x.width, trains, cost, completes });
    },
  };
}
