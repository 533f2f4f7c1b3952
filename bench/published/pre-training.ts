/** @file Memory that papers estimate for pre-training, and the ways to train that their tables compare, in our terms. */
import { readFileSync } from 'node:fs';
import { findMethod, findOptimizer, layerNames, predictState, readModelConfig, type StateParts } from '@rankforge/peft';

type Part = keyof StateParts;

interface Way {
  method: string;
  optimizer: string;
  /** Bytes of a number of optimizer state, where it is not that of the weights. */
  optimizerBytes?: number;
}

/** Figures by way and model, as printed, e.g. `0.36G`. */
interface Table {
  name: string;
  /** What a figure is the sum of. */
  parts: Part[];
  stated: Record<string, Record<string, string>>;
  /** What is ours where it is another figure for a known reason. */
  explained?: Record<string, Record<string, string>>;
}

/** By how much one way holds less than another, as printed, e.g. `61.1%`. */
interface Reduction {
  name: string;
  way: string;
  of: string;
  model: string;
  stated: string;
  /** What is ours where it is another figure for a known reason. */
  explained?: string;
  /** What of the way is counted, and what of the other. Default: optimizer state. */
  parts?: Part[];
  partsOf?: Part[];
}

interface Published {
  models: Record<string, Record<string, number>>;
  ranks: Record<string, number>;
  ways: Record<string, Way>;
  tables: Table[];
  reductions: Reduction[];
}

const published: Published = JSON.parse(
  readFileSync(new URL('../../published/optimizer-memory.json', import.meta.url), 'utf8'),
);
export const { tables, reductions } = published;

/** bfloat16. */
const bytes = 2;

/** By how much, of 1. */
export function reducedBy({ way, of, model, parts = ['optimizer'], partsOf = parts }: Reduction): number {
  const sum = (name: string, counted: readonly Part[]) =>
    counted.reduce((total, part) => total + heldBy(name, model)[part], 0);
  return 1 - sum(way, parts) / sum(of, partsOf);
}

/** What the named way of training holds of the named model, by part, in bytes. */
export function heldBy(wayName: string, modelName: string): StateParts {
  const way = published.ways[wayName]!;
  const model = readModelConfig({
    model_type: 'llama',
    vocab_size: 32_000,
    hidden_act: 'silu',
    ...published.models[modelName],
  });
  const method = findMethod(way.method);
  const optimizer = findOptimizer(way.optimizer);
  const ranked = { rank: published.ranks[modelName]! };
  return predictState({
    model,
    method,
    config: method.config.parse(method.usesRank ? ranked : {}),
    targets: layerNames(model),
    optimizer: optimizer.build(optimizer.config.parse(optimizer.usesRank ? ranked : {})),
    baseBytes: bytes,
    adapterBytes: bytes,
    ...(way.optimizerBytes === undefined ? {} : { optimizerBytes: way.optimizerBytes }),
  });
}
