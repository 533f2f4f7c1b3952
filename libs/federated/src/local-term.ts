/** @file An optimizer whose gradients get a term of the strategy's, made of tensors that a client keeps on the device while it trains. */

import type { GradientPart, OptimizerState } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { sizeOf, toDevice } from '@rankforge/peft/extension';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Named } from './strategy.js';

/** Facts of one parameter at one step, as a term sees them. */
interface TermInput {
  gradient: Tensor;
  parameter: Tensor;
  state: Readonly<Record<string, Tensor>>;
  /** The gradient of the same batches at the values of `besides`. */
  beside?: Tensor | undefined;
}

export interface LocalTerm {
  /** First values of the tensors of each parameter, by a name of the strategy's; all have the parameter's shape. Absent values: zeros. */
  state: Readonly<Record<string, Named | undefined>>;
  /** The gradient with its term, inside a tidy scope. */
  gradient(input: TermInput): Tensor;
  /** Values of the state after the step, inside a tidy scope; `term` is what `gradient` made. Default: all stay. */
  next?(input: TermInput & { term: Tensor }): Readonly<Record<string, Tensor>>;
  /** Tensors that `next` puts in the place of others, of each parameter. Default: one where there is `next`. */
  replaced?: number;
  /** The state whose values gradients are taken at as well. Default: gradients are taken once. */
  besides?: string;
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
    ...(term.besides && {
      besides: (state: OptimizerState) => {
        const ending = termState(term.besides!);
        const values = Object.entries(state).filter(([name]) => name.endsWith(ending));
        return new Map(values.map(([name, tensor]) => [name.slice(0, -ending.length), tensor]));
      },
    }),
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
          const beside = input.gradientsBesides?.get(path);
          const given = { gradient, parameter: input.parameters.get(path)!, state: held, beside };
          const made = tf.tidy(() => {
            const changed = term.gradient(given);
            return { gradient: changed, next: term.next?.({ ...given, term: changed }) ?? {} };
          });
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
    memory(parameters, on) {
      const { bytesPerFloat } = on;
      const trained = own(parameters);
      const sizes = trained.map(({ shape }) => sizeOf(shape));
      const all = sizes.reduce((sum, size) => sum + size, 0);
      const { state, workspace } = part.memory(parameters, on);
      const bytes = (floats: number) => floats * bytesPerFloat;
      const { replaced = term.next ? 1 : 0 } = term;
      if (part.scope === 'tree') {
        const largest = Math.max(0, ...sizes);
        const making = bytes(all - largest + (term.made + replaced) * largest);
        return { state: state + bytes(names.length * all), workspace: Math.max(making, bytes(all) + workspace) };
      }
      let updates = 0;
      let most = 0;
      trained.forEach((info, index) => {
        const size = sizes[index]!;
        const inner = part.memory([info], on).workspace;
        most = Math.max(most, bytes(updates + (term.made + replaced) * size), bytes(updates + size) + inner);
        updates += size;
      });
      return { state: state + bytes(names.length * all), workspace: most };
    },
  };
}
