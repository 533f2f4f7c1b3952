/** @file An optimizer whose gradients get a term of the strategy's, made of tensors that a client keeps on the device while it trains. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { GradientPart, OptimizerState } from '../method.js';
import { sizeOf } from '../parts/gradient/transform.js';
import { toDevice } from '../tensor/host.js';
import { tf } from '../tensor/tf.js';
import type { Named } from './strategy.js';

export interface LocalTerm {
  /** First values of the tensors of each parameter, by a name of the strategy's; all have the parameter's shape. Absent values: zeros. */
  state: Readonly<Record<string, Named | undefined>>;
  /** The gradient with its term, inside a tidy scope. */
  gradient(input: { gradient: Tensor; parameter: Tensor; state: Readonly<Record<string, Tensor>> }): Tensor;
  /** Values of the state after the step, inside a tidy scope. Default: all stay. */
  next?(input: { gradient: Tensor; state: Readonly<Record<string, Tensor>> }): Readonly<Record<string, Tensor>>;
  /** Tensors of the parameter's size that `gradient` makes, its result included. */
  made: number;
}

/** State has the parameter's path, this and a name of the term's. */
export const termState = (name: string): string => `/local:${name}`;

/** The optimizer `part` with the term in every gradient that it is given. */
export function withTerm(part: GradientPart, term: LocalTerm): GradientPart {
  const names = Object.keys(term.state);
  const key = (path: string, name: string) => `${path}${termState(name)}`;
  const trains: GradientPart['trains'] = part.trains?.bind(part);
  const own = (parameters: Parameters<GradientPart['init']>[0]) => trains?.(parameters) ?? parameters;
  return {
    ...part,
    init(parameters, random) {
      const added = own(parameters).flatMap(({ path, shape }) =>
        names.map((name) => {
          const value = term.state[name]?.get(path) ?? { shape, values: new Float32Array(sizeOf(shape)) };
          return [key(path, name), toDevice(value)] as const;
        }),
      );
      return { ...part.init(parameters, random), ...Object.fromEntries(added) };
    },
    async update(input) {
      const gradients = new Map<string, Tensor>();
      const state: Record<string, Tensor> = { ...input.state };
      const updates = new Map<string, Tensor>();
      let after: OptimizerState = state;
      // One parameter at a time, unless the optimizer must see all.
      const groups = part.scope === 'tree' ? [input.info] : input.info.map((info) => [info]);
      for (const group of groups) {
        for (const { path } of group) {
          const gradient = input.gradients.get(path);
          if (gradient === undefined || !(key(path, names[0]!) in after)) continue;
          const held = Object.fromEntries(names.map((name) => [name, after[key(path, name)]!]));
          const made = tf.tidy(() => ({
            gradient: term.gradient({ gradient, parameter: input.parameters.get(path)!, state: held }),
            next: term.next?.({ gradient, state: held }) ?? {},
          }));
          gradients.set(path, made.gradient);
          const changed: Record<string, Tensor> = { ...after };
          for (const [name, tensor] of Object.entries(made.next)) {
            held[name]!.dispose();
            changed[key(path, name)] = tensor;
          }
          after = changed;
        }
        const made = await part.update({
          ...input,
          gradients: new Map([...input.gradients, ...gradients]),
          info: group,
          state: after,
        });
        after = made.state;
        for (const [path, update] of made.updates) updates.set(path, update);
        tf.dispose([...gradients.values()]);
        gradients.clear();
      }
      return { updates, state: after };
    },
    memory(parameters, bytesPerFloat) {
      const trained = own(parameters);
      const sizes = trained.map(({ shape }) => sizeOf(shape));
      const all = sizes.reduce((sum, size) => sum + size, 0);
      const { state, workspace } = part.memory(parameters, bytesPerFloat);
      const bytes = (floats: number) => floats * bytesPerFloat;
      const replaced = term.next ? 1 : 0;
      if (part.scope === 'tree') {
        const largest = Math.max(0, ...sizes);
        const making = bytes(all - largest + (term.made + replaced) * largest);
        return { state: state + bytes(names.length * all), workspace: Math.max(making, bytes(all) + workspace) };
      }
      let updates = 0;
      let most = 0;
      trained.forEach((info, index) => {
        const size = sizes[index]!;
        const inner = part.memory([info], bytesPerFloat).workspace;
        most = Math.max(most, bytes(updates + (term.made + replaced) * size), bytes(updates + size) + inner);
        updates += size;
      });
      return { state: state + bytes(names.length * all), workspace: most };
    },
  };
}
