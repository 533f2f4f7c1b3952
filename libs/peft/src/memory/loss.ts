/** @file The operations of losses on sizes: what objectives/tensors.ts holds, see loss-costs.ts. */
import type { EngineTraits } from '../engine/traits.js';
import { architectureOf, type ModelConfig } from '../models/config.js';
import type { Graph } from '../models/graph.js';
import type { LossGraph } from '../objectives/loss-graph.js';
import { sizeOf } from '../tensor/shape.js';
import type { TrialPlan } from '../training/plan.js';
import * as costs from './loss-costs.js';
import * as products from './multiply-adds.js';
import type { Value } from './operation-cost.js';
import { shapesOfBase, trainedSizes } from './placement.js';
import type { Operation, Tape } from './tape.js';

interface LossSizes {
  model: ModelConfig;
  plan: TrialPlan;
  engine: EngineTraits;
  /** Rows that a unit has at most. */
  unitRows: number;
}

/** Operations that a loss has beside those of an architecture. */
export function lossSizes(
  tape: Tape,
  { model, plan, engine, unitRows }: LossSizes,
): Omit<LossGraph<Value>, keyof Graph<Value>> {
  const { name, vocabularyTable, logitCap } = architectureOf(model);
  const isBent = logitCap?.(model) !== undefined;
  const trained = trainedSizes(plan);
  const table = () => {
    const path = vocabularyTable?.(model);
    const shape = path && shapesOfBase(plan.base).get(path);
    if (!shape) throw new Error(`${name} predicts no next token`);
    const [vocabularySize, width] = shape as [number, number];
    const made = madeTable(path, vocabularySize, width);
    const tableGradient = trained(path) > 0 || made?.needs ? vocabularySize * width : 0;
    return { path, vocabularySize, tableGradient, isBent, made };
  };
  /** A table with rows of the trial in the place of some. */
  const madeTable = (path: string, rows: number, width: number): Value | undefined => {
    const own = plan.ownRows?.table === path && plan.adapters.find((adapter) => adapter.path === plan.ownRows?.path);
    if (!own) return undefined;
    const gradients = own.trained ? sizeOf(own.shape) : 0;
    // The table and the rows one after another, and what is chosen of both.
    const forward = 2 * rows * width + sizeOf(own.shape);
    const cost = { saves: [], keeps: 0, forward, backward: gradients, gradients };
    return tape.run({ name: 'token table', operands: [], rows, width, trains: own.trained, cost });
  };
  const overVocabulary = (hidden: Value): Value => {
    const { path, made, ...head } = table();
    const trains = head.tableGradient > 0;
    const { gradients, ...cost } = costs.vocabularyCost(hidden, head, engine);
    const multiplyAdds = products.ofVocabulary(hidden, head.vocabularySize, trains);
    // The gradient of a table that was made goes on to what it was made of.
    const operands = made ? { operands: [hidden, made] } : {};
    const rest = { multiplyAdds, trains, completes: [path], ...operands };
    return scalar(tape, hidden, { cost: { ...cost, gradients: made ? 0 : gradients }, ...rest });
  };
  const overRows = (x: Value): Value => scalar(tape, x, { cost: costs.rowLossCost(x) });
  return {
    tokenCrossEntropy: overVocabulary,
    tokenLosses: overVocabulary,
    tokenLogits(hidden, most) {
      const { vocabularySize, made } = table();
      const rows = Math.min(most, hidden.rows);
      const cost = costs.logitsCost(hidden, { rows, vocabularySize, isBent }, engine);
      return tape.run({
        name: 'logits',
        operands: [hidden, ...(made ? [made] : [])],
        rows,
        width: vocabularySize,
        trains: false,
        cost,
      });
    },
    crossEntropy: overRows,
    binaryCrossEntropy: overRows,
    squaredError: overRows,
    errors(outputs) {
      const cost = costs.errorsCost(outputs);
      return tape.run({ ...outputs, name: 'errors', operands: [outputs], trains: false, handsOn: true, cost });
    },
    softplus: (x) => tape.run({ ...x, name: 'softplus', operands: [x], trains: false, cost: costs.softplusCost(x) }),
    unitLogSoftmax: (x) =>
      tape.run({ ...x, name: 'log-softmax', operands: [x], trains: false, cost: costs.unitLogSoftmaxCost(x) }),
    pairDifferences(x) {
      const rows = Math.max(1, (x.rows * (unitRows - 1)) / 2);
      const cost = costs.pairDifferencesCost(x, rows);
      return tape.run({ name: 'differences', operands: [x], rows, width: 1, trains: false, cost });
    },
    normalized: (x) =>
      tape.run({ ...x, name: 'normalized', operands: [x], trains: false, cost: costs.normalizedCost(x) }),
    similarities(x) {
      const units = x.rows / unitRows;
      const [rows, width] = [units, x.rows - units];
      const cost = costs.similaritiesCost(x, { units, documents: width }, engine);
      const multiplyAdds = products.ofSimilarities(x, rows * width);
      return tape.run({ name: 'similarities', operands: [x], rows, width, trains: false, cost, multiplyAdds });
    },
    weightedSum: (x) => scalar(tape, x, { cost: costs.weightedSumCost(x) }),
  };
}

/** A loss of a value; without more said it reads no trained tensor, and multiplies no matrices. */
const scalar = (tape: Tape, operand: Value, rest: Pick<Operation, 'cost'> & Partial<Operation>): Value =>
  tape.run({ name: 'cross-entropy', operands: [operand], rows: 1, width: 1, trains: false, ...rest });
