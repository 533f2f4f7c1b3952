/** @file How each linear layer takes part in a trial: what it carries, what of it is trained, and what it keeps. */
import { foundIn, foundOnce } from '../found-once.js';
import type { Method } from '../method.js';
import type { LinearLayer } from '../models/architecture.js';
import type { ComputeDtype } from '../tensor/base-dtypes.js';
import { sizeOf } from '../tensor/shape.js';
import type { AdapterTensor, PlannedLayer, TrialPlan } from '../training/plan.js';
import type { TrainedLinear } from './linear-costs.js';
import * as products from './multiply-adds.js';
import { unsaid } from './operation-cost.js';

/** Says of each linear layer how it takes part in a trial, found once for all batches that a plan is walked for. */
export function placements(input: PlacementInput, trained: (path: string) => number) {
  const { targeted, used } = placesOf(input.plan);
  const known = knownPlacements(input);
  return ({ path, shape }: LinearLayer): Placement =>
    foundIn(known, path, () =>
      placement({ path, shape, targeted: targeted.get(path), adapters: used.get(path) ?? [] }, input, trained),
    );
}

type Placement = ReturnType<typeof placement>;

const placementsOf = foundOnce((_: TrialPlan) => foundOnce((_: Method) => new Map<string, Map<string, Placement>>()));

/** Placements so far by path, of the plan with all that they follow from besides. */
function knownPlacements({ plan, method, dropout, penalized, computeDtype }: PlacementInput): Map<string, Placement> {
  return foundIn(placementsOf(plan)(method), [dropout, penalized, computeDtype].join(), () => new Map());
}

/** Targeted layers of a plan, and the tensors of adapters that a layer uses, by the path of the layer. */
export interface Places {
  targeted: ReadonlyMap<string, PlannedLayer>;
  used: ReadonlyMap<string, readonly AdapterTensor[]>;
}

/** Finds them once: a plan is walked for many batches. */
export const placesOf = foundOnce((plan: TrialPlan): Places => {
  const used = new Map<string, AdapterTensor[]>();
  for (const adapter of plan.adapters) {
    for (const user of adapter.users) {
      const others = used.get(user);
      if (others === undefined) used.set(user, [adapter]);
      else others.push(adapter);
    }
  }
  return { targeted: new Map(plan.layers.map((layer) => [layer.path, layer])), used };
});

interface PlacementInput {
  method: Method;
  plan: TrialPlan;
  dropout: number;
  /** The method's penalty on tensors, where it has one, is a part of the loss. Default: it is. */
  penalized?: boolean;
  /** Type of products with frozen kernels of linear layers. Default: float32. */
  computeDtype?: ComputeDtype | undefined;
}

interface Placed extends Pick<LinearLayer, 'path' | 'shape'> {
  /** The layer in the plan, where it is a target. */
  targeted: PlannedLayer | undefined;
  /** Tensors of adapters that the layer uses. */
  adapters: readonly AdapterTensor[];
}

function placement(
  { path, shape, targeted, adapters }: Placed,
  { method, dropout, penalized = true, computeDtype }: PlacementInput,
  trained: (path: string) => number,
) {
  const isPenalized = (name: string) => penalized && readsOf(method, name);
  // A tensor of model scope gets its gradient in the last layer that uses it.
  const read = adapters.filter(({ trained }) => trained);
  const adapter = targeted && method.weight?.activations(shape, targeted.config);
  const frozen = read.length === 0 && adapters.length > 0;
  const made = read.filter(({ users }) => users.at(-1) === path);
  const sizes: TrainedLinear = {
    kernel: trained(`${path}.kernel`),
    bias: trained(`${path}.bias`),
    // A penalty, whose backward pass comes first, has made the adapters' gradients before.
    adapter: made.reduce((sum, { name, shape }) => sum + (isPenalized(name) ? 0 : sizeOf(shape)), 0),
  };
  const { config } = targeted ?? {};
  const said = targeted && method.weight ? method.weight.multiplies?.(shape, config, { dropout }) : [];
  const { keepsInput = false } = adapter ?? {};
  const readsInput = typeof keepsInput === 'boolean' ? keepsInput : read.some(({ name }) => keepsInput.includes(name));
  // With dropout an adapter keeps a dropped copy of its own in place of the input that layers share.
  const drops = dropout > 0 && adapter?.dropsInput === true;
  return {
    factors: said ? products.withNeeds(said, new Set(read.map(({ name }) => name))) : unsaid,
    trains: sizes.kernel + sizes.bias > 0 || read.length > 0,
    completes: [...made.map(({ path }) => path), `${path}.kernel`, `${path}.bias`],
    use: {
      shape,
      trained: sizes,
      halves: computeDtype === 'bfloat16' && sizes.kernel === 0 && shape.factorRank === undefined,
      adapter,
      frozen,
      replaced: targeted !== undefined && method.weight?.replacesKernel === true,
      changesInput: targeted !== undefined && method.weight?.changesInput?.(shape, config) === true,
      dropsCopy: drops && readsInput && !frozen,
      drops,
      keepsInput: sizes.kernel > 0 || (readsInput && !drops && !frozen),
      readsInput,
    },
  };
}

/** Whether the method has a penalty that reads its tensor of this name. */
export const readsOf = ({ penalty }: Method, name: string): boolean =>
  penalty !== undefined && (penalty.reads?.includes(name) ?? true);

/** Entries of a trained parameter of the base, 0 of another. */
export const trainedSizes = foundOnce((plan: TrialPlan): ((path: string) => number) => {
  const sizes = new Map(plan.trainedBase.map(({ path, shape }) => [path, sizeOf(shape)]));
  return (path) => sizes.get(path) ?? 0;
});

/** Shapes of the parameters that a trial has of the base, by path. */
export const shapesOfBase = foundOnce(
  (base: TrialPlan['base']): ReadonlyMap<string, readonly number[]> =>
    new Map(base.map(({ path, shape }) => [path, shape])),
);
