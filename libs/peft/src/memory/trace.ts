/** @file The operations of a training step in forward order, each with what it holds. Mirrors models/decoder.ts. */
import type { Method } from '../method.js';
import { type LinearLayer, linearLayers, type ModelConfig } from '../models/config.js';
import type { TrialPlan } from '../training/plan.js';
import {
  attentionCost,
  classifierCost,
  embeddingCost,
  geluCost,
  linearCost,
  normCost,
  type OperationCost,
  tiedHeadCost,
} from './costs.js';

export interface TraceInput {
  model: ModelConfig;
  method: Method;
  plan: TrialPlan;
  batchSize: number;
  sequence: number;
  dropout: number;
  /** Number of classes, for classification; absent for language modelling. */
  classes?: number;
}

/** Costs of one forward pass, in order; the backward pass runs through them in reverse. */
export function traceStep(input: TraceInput): OperationCost[] {
  const { model, plan, batchSize, sequence, classes } = input;
  const trained = trainedSizes(plan);
  const rows = batchSize * sequence;
  const state = rows * model.width;
  const inner = rows * model.mlpWidth;
  const scores = batchSize * model.heads * sequence ** 2;
  const table = trained('embedding.tokens');
  const positions = trained('embedding.positions');
  const layers = new Map(linearLayers(model).map((layer) => [layer.path, layer]));

  const costs = [embeddingCost({ state, table, positions, used: sequence * model.width })];
  // Whether what flows forward depends on a trained tensor by now. Until it does, nothing is saved for it.
  let flows = table + positions > 0;
  const norm = (name: string, pending: number): boolean => {
    const gain = trained(`${name}.gain`);
    const bias = trained(`${name}.bias`);
    costs.push(normCost({ name, state, rows, gain, bias, needsInput: flows, pending }));
    return flows || gain + bias > 0;
  };

  for (let block = 0; block < model.layers; block++) {
    const path = `blocks.${block}`;
    const place = (name: string) => placement(layers.get(`${path}.${name}`)!, input, trained);

    const normalized = norm(`${path}.norm_1`, state);
    const projections = ['query', 'key', 'value'].map((name) => place(`attention.${name}`));
    // The three share their input, kept once: by the first, whose backward pass comes last.
    const shared = projections.some(({ keepsInput }) => keepsInput) ? state : 0;
    projections.forEach((projection, index) => {
      const keptInput = index === 0 ? shared : 0;
      costs.push(linearCost({ ...projection, rows, needsInput: normalized, keptInput, pending: 4 * state }));
    });
    const [query, key, value] = projections.map(({ trains }) => trains || normalized) as [boolean, boolean, boolean];
    costs.push(attentionCost({ name: `${path}.attention`, state, scores, query, key, value }));
    const mixed = query || key || value;
    const output = place('attention.output');
    costs.push(
      linearCost({ ...output, rows, needsInput: mixed, keptInput: output.keepsInput ? state : 0, pending: state }),
    );
    flows ||= mixed || output.trains;

    const expanded = norm(`${path}.norm_2`, state);
    const up = place('mlp.fc_in');
    costs.push(linearCost({ ...up, rows, needsInput: expanded, keptInput: up.keepsInput ? state : 0, pending: state }));
    const activated = expanded || up.trains;
    costs.push(geluCost({ name: `${path}.gelu`, state, inner, needsInput: activated }));
    const down = place('mlp.fc_out');
    costs.push(
      linearCost({ ...down, rows, needsInput: activated, keptInput: down.keepsInput ? inner : 0, pending: state }),
    );
    flows ||= activated || down.trains;
  }
  const final = norm('norm_final', 0);
  costs.push(
    classes === undefined
      ? tiedHeadCost({
          rows,
          state,
          vocabularySize: model.vocabularySize,
          table: model.vocabularySize * model.width,
          tableGradient: table,
          needsInput: final,
        })
      : classifierCost({ state, width: model.width, batch: batchSize, classes }),
  );
  return costs;
}

/** How a linear layer takes part in a trial. */
function placement({ path, shape }: LinearLayer, input: TraceInput, trained: (path: string) => number) {
  const { plan, method, batchSize, sequence, dropout } = input;
  const targeted = plan.layers.find((layer) => layer.path === path);
  const adapter = targeted && method.weight?.activations(shape, targeted.config);
  // A tensor of model scope gets its gradient in the last layer that uses it.
  const read = plan.adapters.filter(({ trained, users }) => trained && users.includes(path));
  const own = read.filter(({ users }) => users.at(-1) === path);
  const ownSize = own.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const sizes = {
    kernel: trained(`${path}.kernel`),
    bias: trained(`${path}.bias`),
    // A penalty, whose backward pass comes first, has made the adapters' gradients before.
    adapter: method.penalty ? 0 : ownSize,
  };
  const elements = batchSize * sequence * shape.in;
  // With dropout an adapter keeps a dropped copy of its own in place of the input that layers share.
  const drops = dropout > 0 && adapter?.dropsInput === true;
  return {
    name: path,
    shape,
    trained: sizes,
    adapter,
    droppedCopy: drops && adapter?.keepsInput === true ? elements : 0,
    mask: drops ? elements : 0,
    keepsInput: sizes.kernel > 0 || (adapter?.keepsInput === true && !drops),
    trains: sizes.kernel + sizes.bias > 0 || read.length > 0,
  };
}

function trainedSizes(plan: TrialPlan): (path: string) => number {
  const sizes = new Map(plan.trainedBase.map(({ path, shape }) => [path, sizeOf(shape)]));
  return (path) => sizes.get(path) ?? 0;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dimension) => size * dimension, 1);
