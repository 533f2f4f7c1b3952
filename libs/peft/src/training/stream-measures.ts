/** @file Measures of a stream of tasks from the score on every task after each: what was learnt, kept, and of use before its turn. */
import { mean } from '../objectives/metrics/metric.js';

export interface StreamMeasures {
  /** Mean over all tasks after the last. */
  last: number;
  /** Mean over all tasks after each. */
  average: number;
  /** Mean over tasks that were not trained on yet, after each task before them; undefined of one task. */
  transfer: number | undefined;
  /** How much worse than at their best after an earlier task, in the mean over all tasks but the last; undefined of one task. */
  forgetting: number | undefined;
}

/**
 * Last, average and transfer are those of ZSCL (arXiv 2303.06628), by which CoDyRA is measured; forgetting is that of
 * Chaudhry et al. (arXiv 1801.10112).
 *
 * @param scores The score on task j after task i, at `[i][j]`
 * @example
 * streamMeasures([[0.9, 0.5], [0.7, 0.8]], 'maximize'); // last 0.75, average 0.725, transfer 0.5, forgetting 0.2
 */
export function streamMeasures(
  scores: readonly (readonly number[])[],
  direction: 'minimize' | 'maximize',
): StreamMeasures {
  const end = scores.at(-1)!;
  const worse = direction === 'maximize' ? 1 : -1;
  const column = (task: number, rows: number) => scores.slice(0, rows).map((row) => row[task]!);
  const earlier = scores.length - 1;
  const transfers = Array.from({ length: earlier }, (_, before) => mean(column(before + 1, before + 1)));
  const lost = Array.from({ length: earlier }, (_, task) => {
    const best = Math.max(...column(task, earlier).map((score) => worse * score));
    return best - worse * end[task]!;
  });
  return {
    last: mean(end),
    average: mean(scores.map(mean)),
    transfer: earlier > 0 ? mean(transfers) : undefined,
    forgetting: earlier > 0 ? mean(lost) : undefined,
  };
}
