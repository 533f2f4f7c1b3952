/** @file The model that a round leaves: its base, its scores, and how far its aggregation is from the mean. */
import {
  baseParameters,
  type HostTensor,
  LoadedBase,
  type Metrics,
  type ObjectiveName,
  undisturbed,
} from '@rankforge/peft';
import { restore, scoreSplit, summarize } from '@rankforge/peft/extension';
import { Matrix } from 'ml-matrix';
import { matrixOf, updatesOf } from './factors.js';
import type { Federation } from './federation.js';
import { meanMetrics, metricsByClient } from './scores.js';
import type { Named, Received, Rounds, ServerState, Subject } from './strategy.js';

/** The base with updates in the kernels of layers; the base itself where there are none. Whoever makes another one disposes it. */
export function updatedBase(base: LoadedBase, updates: ReadonlyMap<string, HostTensor> | undefined): LoadedBase {
  if (!updates || updates.size === 0) return base;
  const { config, tokenizer } = base;
  const values = baseParameters(config).map(({ path }) => {
    const value = base.host(path);
    const update = path.endsWith('.kernel') ? updates.get(path.slice(0, -'.kernel'.length)) : undefined;
    if (update === undefined) return [path, value] as const;
    const sum = Float32Array.from(value.values, (entry, at) => entry + update.values[at]!);
    return [path, { shape: value.shape, values: sum }] as const;
  });
  base.dispose();
  return new LoadedBase({ config, tokenizer, values: new Map(values) });
}

export interface Scored {
  metrics: Metrics;
  byClient?: Record<string, Metrics>;
}

/** Scores of an adapter on validation, and on the parts of clients. */
export async function scoreAdapter(federation: Federation, base: LoadedBase, adapter: Uint8Array): Promise<Scored> {
  const { method, data, options, turn = undisturbed, validation } = federation;
  const trial = restore(base, method, adapter);
  try {
    const { batchSize } = options;
    const split = data.validation;
    const scores = await scoreSplit({ trial, model: base.config, data, split, batchSize, turn });
    return { metrics: summarize(scores), ...(validation && { byClient: metricsByClient(scores, validation) }) };
  } finally {
    trial.dispose();
  }
}

/** Scores in the place of those of several models. */
export function meanOf(objective: ObjectiveName, scored: readonly Scored[]): Scored {
  const mean = (all: readonly Metrics[]) => meanMetrics(objective, all);
  const names = Object.keys(scored[0]!.byClient ?? {});
  const metrics = mean(scored.map((one) => one.metrics));
  if (names.length === 0) return { metrics };
  return {
    metrics,
    byClient: Object.fromEntries(names.map((name) => [name, mean(scored.map((one) => one.byClient![name]!))])),
  };
}

/**
 * `‖ΔW' − Σ pₖ·ΔWₖ‖ / ‖Σ pₖ·ΔWₖ‖` over all targeted layers, with ΔW what a round changed. Undefined where updates are no products, or what
 * clients send is not what they trained.
 */
export async function aggregationError(
  federation: Federation,
  rounds: Rounds<unknown>,
  given: { messages: readonly Received[]; before: ServerState; after: ServerState; frozen: Named },
): Promise<number | undefined> {
  if (rounds.uploads || rounds.up) return undefined;
  const { subject } = federation;
  const { messages, before, after, frozen } = given;
  const whole = (of: Subject, tensors: Named) => updatesOf(of, new Map([...frozen, ...tensors]));
  const next = await whole(subject, after.tensors);
  if (next === undefined) return undefined;
  const mean = new Map<string, Matrix>();
  for (const { share, subject: own, tensors } of messages) {
    for (const [path, update] of (await whole(own, tensors))!) {
      const shared = update.mul(share);
      mean.set(path, mean.get(path)?.add(shared) ?? shared);
    }
  }
  const [old, now] = [rounds.kernels?.(before), rounds.kernels?.(after)];
  let error = 0;
  let size = 0;
  for (const [path, wanted] of mean) {
    const made = next.get(path)!;
    const merged = now?.get(path);
    if (merged) made.add(matrixOf(merged));
    const earlier = old?.get(path);
    if (earlier) made.sub(matrixOf(earlier));
    error += Matrix.sub(made, wanted).norm('frobenius') ** 2;
    size += wanted.norm('frobenius') ** 2;
  }
  return size === 0 ? 0 : Math.sqrt(error / size);
}
