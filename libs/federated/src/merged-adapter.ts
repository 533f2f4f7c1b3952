/** @file Updates that clients have merged into their base, as an adapter of the base that was given. */
import type { HostTensor } from '@rankforge/peft';
import { planTrial, truncatedSvd } from '@rankforge/peft/extension';
import { Matrix } from 'ml-matrix';
import { balanced, besidesFactors, factorPairs, matrixOf, scaleOf, tensorOf } from './factors.js';
import type { Federation } from './federation.js';
import { adapterWith, type SharedStart } from './start.js';
import type { Named, Subject } from './strategy.js';

/** The configuration of the method at the rank that all rounds together have, or the largest that a layer can have. */
export function mergedConfig(subject: Subject, rounds: number): unknown {
  const pairs = factorPairs(subject)!;
  const stacked = Math.max(1, rounds * subject.clients) * Math.max(...pairs.map(({ rank }) => rank));
  const sides = pairs.map(({ layer }) => Math.min(layer.shape.in, layer.shape.out));
  return subject.method.config.parse({
    ...(subject.config as object),
    rank: Math.min(stacked, Math.max(...sides)),
  });
}

/**
 * An adapter of the same method at the rank that all rounds together have, or the largest that a layer can have. What is trained besides
 * the factors stays as it is.
 */
export function mergedAdapter(
  { model, method, options, subject }: Federation,
  start: SharedStart,
  given: { tensors: Named; updates: ReadonlyMap<string, HostTensor>; rounds: number },
): Uint8Array {
  const config = mergedConfig(subject, given.rounds);
  const plan = planTrial({ model: model.config, method, config, targets: options.targets });
  const higher = { ...subject, config, plan };
  const tensors = besidesFactors(subject, given.tensors);
  for (const pair of factorPairs(higher)!) {
    const { layer, a, b, rank } = pair;
    const { shape } = layer;
    const update = given.updates.get(layer.path);
    const matrix = update ? matrixOf(update) : Matrix.zeros(shape.in, shape.out);
    const made = balanced(truncatedSvd(matrix, Math.min(rank, shape.in, shape.out)), rank);
    tensors.set(a, tensorOf(made.a));
    tensors.set(b, tensorOf(made.b.div(scaleOf(higher, pair))));
  }
  return adapterWith({ frozen: new Map(), first: new Map(), info: { ...start.info, config } }, tensors);
}
