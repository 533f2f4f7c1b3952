/**
 * @file Gradient transformations of one tensor at a time, and their lifting to a whole model.
 * One tensor at a time keeps the memory of an update at the largest tensor instead of the model.
 */

import type { Tensor } from '@tensorflow/tfjs-core';
import { foundIn } from '../../found-once.js';
import type {
  GradientPart,
  OptimizerState,
  ParameterInfo,
  Products,
  StateChange,
  Streams,
  UpdatingOn,
} from '../../method.js';
import { sizeOf } from '../../tensor/shape.js';
import { tf } from '../../tensor/tf.js';

/** The view of one parameter at one step that a transformation has. */
export interface TransformInput {
  /** The gradient, or what the transformation before made of it; same shape as the parameter. */
  update: Tensor;
  /** The parameter's value, on demand: most links don't read it. */
  parameter: () => Tensor;
  info: ParameterInfo;
  /** This parameter's state, by the names of `state()`. */
  state: OptimizerState;
  /** 1-based. */
  step: number;
  learningRate: number;
  /** See `GradientPart`. */
  random: Streams;
  products: Products;
}

/** The result of a transformation: the update, and the state tensors that changed. */
interface Transformed {
  update: Tensor;
  state?: Record<string, Tensor>;
}

/** A tensor that a transformation keeps from step to step. It starts at zero. */
export interface StateTensor {
  shape: number[];
  /** No entry is ever below zero: a codec may spend all of its values on one side. */
  nonNegative?: boolean;
  /**
   * Default: floats, as wide as those of the model are taken to be. Others take 4 bytes an entry whatever that width is:
   * `float32`, and `int32`, words with several codes in each.
   */
  type?: 'float32' | 'int32';
}

/** Bytes of named state tensors where a float takes `bytesPerFloat`. */
const bytesOf = (tensors: Readonly<Record<string, StateTensor>>, bytesPerFloat: number): number =>
  Object.values(tensors).reduce((sum, { shape, type }) => sum + sizeOf(shape) * (type ? 4 : bytesPerFloat), 0);

/** First value of a state tensor. */
export const zero = ({ shape, type = 'float32' }: StateTensor): Tensor => tf.zeros(shape, type);

/**
 * One link of an optimizer. State tensors start at zero.
 * Ownership: `apply` leaves on the device what it returns and nothing else; the caller disposes its input and the state
 * tensors that were replaced. A link that reads from the device is asynchronous.
 */
export interface Transform {
  state(info: ParameterInfo): Record<string, StateTensor>;
  apply(input: TransformInput): Transformed | Promise<Transformed>;
  /** Changes kept state like `GradientPart.recode`, by the names of `state()`. Returns what changed, like `apply`. */
  recode?(info: ParameterInfo, state: OptimizerState, change: StateChange): Promise<Record<string, Tensor>>;
  /**
   * Most floats held at once inside `apply`, beyond its input and the state it replaces, its results included. What takes
   * a byte counts a quarter.
   * @param engine that it runs on
   */
  workspace(info: ParameterInfo, engine: UpdatingOn['engine']): number;
}

export { sizeOf };

/** Elements of named tensors together. */
export const sizesOf = (tensors: Readonly<Record<string, StateTensor>>): number =>
  Object.values(tensors).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/**
 * Applies transformations in order, each to what the one before made.
 *
 * @throws Error when two links use the same state name.
 */
export function chain(...links: readonly Transform[]): Transform {
  return {
    state(info) {
      const tensors: Record<string, StateTensor> = {};
      for (const link of links) {
        for (const [name, tensor] of Object.entries(link.state(info))) {
          if (name in tensors) {
            throw new Error(`Two links of a chain both name a state tensor '${name}' of '${info.path}': rename one`);
          }
          tensors[name] = tensor;
        }
      }
      return tensors;
    },
    async apply(input) {
      let { update } = input;
      const state: Record<string, Tensor> = {};
      for (const link of links) {
        const result = await link.apply({ ...input, update });
        if (update !== input.update && update !== result.update) update.dispose();
        update = result.update;
        Object.assign(state, result.state);
      }
      return { update, state };
    },
    async recode(...given) {
      const changed: Record<string, Tensor> = {};
      for (const link of links) Object.assign(changed, await link.recode?.(...given));
      return changed;
    },
    workspace(info, engine) {
      // Links run one after another: their transients don't add up, but the new state of earlier links and the update
      // that is being replaced stay.
      let held = 0;
      let most = 0;
      links.forEach((link, index) => {
        const replaced = index === 0 ? 0 : sizeOf(info.shape);
        most = Math.max(most, held + replaced + link.workspace(info, engine));
        held += sizesOf(link.state(info));
      });
      return most;
    },
  };
}

/**
 * A different transformation for different parameters.
 *
 * @param choose Picks the transformation of a parameter from what is known without its values.
 */
export function partition(choose: (info: ParameterInfo) => Transform): Transform {
  return {
    state: (info) => choose(info).state(info),
    apply: (input) => choose(input.info).apply(input),
    recode: async (info, ...given) => (await choose(info).recode?.(info, ...given)) ?? {},
    workspace: (info, engine) => choose(info).workspace(info, engine),
  };
}

/** Answers of an optimizer about the parameters it would get, before it runs; see `GradientPart`. */
export type Suitability = Pick<GradientPart, 'unfit' | 'notice' | 'clipped'>;

/**
 * Lifts a transformation of one tensor to all parameters of a model. State names are `<path>/<name>`.
 *
 * @param suitability Default: it suits any parameters.
 */
export function everyParameter(transform: Transform, suitability: Suitability = {}): GradientPart {
  const ownOf = (info: ParameterInfo, state: OptimizerState): Record<string, Tensor> =>
    Object.fromEntries(Object.keys(transform.state(info)).map((name) => [name, state[`${info.path}/${name}`]!]));
  /** Puts what changed of a parameter's state in its place. */
  function replace(state: Record<string, Tensor>, { path }: ParameterInfo, changed: Readonly<Record<string, Tensor>>) {
    for (const [name, tensor] of Object.entries(changed)) {
      const key = `${path}/${name}`;
      if (tensor !== state[key]) state[key]!.dispose();
      state[key] = tensor;
    }
  }
  return {
    ...suitability,
    init: (parameters) =>
      Object.fromEntries(
        parameters.flatMap((info) =>
          Object.entries(transform.state(info)).map(([name, tensor]) => [`${info.path}/${name}`, zero(tensor)]),
        ),
      ),
    async update({ gradients, parameters, info: infos, state, step, learningRate, random, products }) {
      const updates = new Map<string, Tensor>();
      const next: Record<string, Tensor> = { ...state };
      for (const info of infos) {
        const { path } = info;
        const gradient = gradients.get(path);
        const parameter = parameters.get(path);
        if (!gradient || !parameter) {
          throw new Error(`No ${gradient ? 'value' : 'gradient'} for parameter '${path}' at optimizer step ${step}`);
        }
        const result = await transform.apply({
          update: gradient,
          parameter: () => parameter,
          info,
          state: ownOf(info, state),
          step,
          learningRate,
          random,
          products,
        });
        replace(next, info, result.state ?? {});
        // An update the caller may dispose must not be the gradient itself.
        updates.set(path, result.update === gradient ? gradient.clone() : result.update);
      }
      return { updates, state: next };
    },
    async recode(info, state, change) {
      const next: Record<string, Tensor> = { ...state };
      replace(next, info, (await transform.recode?.(info, ownOf(info, state), change)) ?? {});
      return next;
    },
    memory(parameters, { bytesPerFloat, engine }) {
      let state = 0;
      let updates = 0;
      let workspace = 0;
      const known = new Map<string, { state: number; workspace: number; size: number }>();
      for (const info of parameters) {
        // All but the names of the state follows from these: it is asked once for the same tensors of many layers.
        const key = `${info.role} ${info.side} ${info.decays} ${info.shape}`;
        const own = foundIn(known, key, () => ({
          state: bytesOf(transform.state(info), bytesPerFloat),
          workspace: transform.workspace(info, engine),
          size: sizeOf(info.shape),
        }));
        state += own.state;
        workspace = Math.max(workspace, updates + own.workspace);
        updates += own.size;
      }
      return { state, workspace: workspace * bytesPerFloat };
    },
  };
}
