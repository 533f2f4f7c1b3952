/**
 * @file Gradient transformations of one tensor at a time, and their lifting to a whole model.
 * One tensor at a time keeps the memory of an update at the largest tensor instead of the model.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { GradientPart, OptimizerState, ParameterInfo, Products } from '../../method.js';
import { tf } from '../../tensor/tf.js';

/** What a transformation sees of one parameter at one step. */
interface TransformInput {
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
  products: Products;
}

/** What a transformation made: the update, and the state tensors that changed. */
interface Transformed {
  update: Tensor;
  state?: Record<string, Tensor>;
}

/**
 * One link of an optimizer. State tensors start at zero.
 * Ownership: `apply` leaves on the device what it returns and nothing else; the caller disposes its input and the state
 * tensors that were replaced. A link that reads from the device is asynchronous.
 */
export interface Transform {
  /** Shapes of the state tensors of a parameter. */
  state(info: ParameterInfo): Record<string, number[]>;
  apply(input: TransformInput): Transformed | Promise<Transformed>;
  /** Most elements held at once inside `apply`, beyond its input and the state it replaces, its results included. */
  workspace(info: ParameterInfo): number;
}

/** Elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dimension) => size * dimension, 1);

/**
 * Applies transformations in order, each to what the one before made.
 *
 * @throws Error when two links use the same state name.
 */
export function chain(...links: readonly Transform[]): Transform {
  return {
    state(info) {
      const shapes: Record<string, number[]> = {};
      for (const link of links) {
        for (const [name, shape] of Object.entries(link.state(info))) {
          if (name in shapes) {
            throw new Error(`Two links of a chain both name a state tensor '${name}' of '${info.path}': rename one`);
          }
          shapes[name] = shape;
        }
      }
      return shapes;
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
    workspace(info) {
      // Links run one after another: their transients don't add up, but the new state of earlier links and the update
      // that is being replaced stay.
      let held = 0;
      let most = 0;
      links.forEach((link, index) => {
        const replaced = index === 0 ? 0 : sizeOf(info.shape);
        most = Math.max(most, held + replaced + link.workspace(info));
        held += Object.values(link.state(info)).reduce((sum, shape) => sum + sizeOf(shape), 0);
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
    workspace: (info) => choose(info).workspace(info),
  };
}

/** Lifts a transformation of one tensor to all parameters of a model. State names are `<path>/<name>`. */
export function everyParameter(transform: Transform): GradientPart {
  const stateSize = (info: ParameterInfo): number =>
    Object.values(transform.state(info)).reduce((sum, shape) => sum + sizeOf(shape), 0);
  return {
    init: (parameters) =>
      Object.fromEntries(
        parameters.flatMap((info) =>
          Object.entries(transform.state(info)).map(([name, shape]) => [`${info.path}/${name}`, tf.zeros(shape)]),
        ),
      ),
    async update({ gradients, parameters, info: infos, state, step, learningRate, products }) {
      const updates = new Map<string, Tensor>();
      const next: Record<string, Tensor> = { ...state };
      for (const info of infos) {
        const { path } = info;
        const gradient = gradients.get(path);
        const parameter = parameters.get(path);
        if (!gradient || !parameter) {
          throw new Error(`No ${gradient ? 'value' : 'gradient'} for parameter '${path}' at optimizer step ${step}`);
        }
        const own = Object.fromEntries(
          Object.keys(transform.state(info)).map((name) => [name, state[`${path}/${name}`]!]),
        );
        const result = await transform.apply({
          update: gradient,
          parameter: () => parameter,
          info,
          state: own,
          step,
          learningRate,
          products,
        });
        for (const [name, tensor] of Object.entries(result.state ?? {})) {
          if (tensor !== own[name]) own[name]!.dispose();
          next[`${path}/${name}`] = tensor;
        }
        // An update the caller may dispose must not be the gradient itself.
        updates.set(path, result.update === gradient ? gradient.clone() : result.update);
      }
      return { updates, state: next };
    },
    memory(parameters) {
      let updates = 0;
      let workspace = 0;
      for (const info of parameters) {
        workspace = Math.max(workspace, updates + transform.workspace(info));
        updates += sizeOf(info.shape);
      }
      return { state: parameters.reduce((sum, info) => sum + stateSize(info), 0), workspace };
    },
  };
}
