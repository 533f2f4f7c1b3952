/** @file Scores of a predictor that looks at no input, see objectives/trivial.ts. */

import type { TaskData } from '../data/task-data.js';
import type { Split } from '../objectives/data.js';
import { findObjective } from '../objectives/registry.js';
import type { RightAnswers, Targets } from '../objectives/trivial.js';
import { summarize } from './metrics.js';

export interface Trivial {
  /** How it predicts, for people, e.g. `majority class`. */
  name: string;
  metrics: Record<string, number>;
}

/**
 * Metrics of the test split by a predictor that knows the targets of the training split and reads no input; undefined where
 * none is cheap.
 */
export function trivialScores(data: TaskData): Trivial | undefined {
  const { trivial: predictor, answered } = findObjective(data.objective);
  if (!predictor) return undefined;
  const columns =
    'answer' in predictor
      ? predictor.answer(rightOf(data.train), rightOf(data.test), answered!, data)
      : predictor.score(targetsOf(data.train), targetsOf(data.test), data);
  const { loss: _, ...metrics } = summarize({ objective: data.objective, columns });
  return {
    name: predictor.name,
    metrics: Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value))),
  };
}

const rightOf = ({ size, questions }: Split): RightAnswers =>
  Array.from({ length: size }, (_, index) => questions!.right(index));

/** Examples that are assembled at a time: an image brings its pixels along. */
const CHUNK = 256;

function targetsOf(split: Split): Targets {
  const targets: ArrayLike<number>[] = [];
  for (let start = 0; start < split.size; start += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, split.size - start) }, (_, offset) => start + offset);
    const { targets: whole, values } = split.answers?.(indices) ?? split.batch(indices);
    const all = values ?? whole;
    const each = all.length / indices.length;
    for (let index = 0; index < indices.length; index++) {
      const own = all.slice(index * each, (index + 1) * each);
      targets.push(values ? own : own.filter((target) => target >= 0));
    }
  }
  return targets;
}
