/** @file Single answers of a trained model against those of a teacher. */
import type { Matrix } from 'ml-matrix';
import type { TaskData } from '../data/task-data.js';
import type { Split } from '../objectives/data.js';
import { findObjective } from '../objectives/registry.js';
import { tf } from '../tensor/tf.js';
import { type EvaluateInput, restore } from './evaluate.js';
import { onTensors } from './loss.js';
import { openTeacher, type Teacher, toMatrix } from './teacher.js';
import { undisturbed } from './turns.js';

/** Shares of the outputs of a split: `after − before = positive − negative`. */
export interface FlipRates {
  /** Examples, or tokens whose loss counts. */
  outputs: number;
  /** Right answers of the teacher, and of the trained model. */
  before: number;
  after: number;
  /** The teacher was right and the model is wrong; the other way round. */
  negative: number;
  positive: number;
}

/**
 * Counts answers that flip, as the objective tells answers of outputs: classes, next tokens, or whether something happens.
 * Source: arXiv 2407.09435, section 3.
 *
 * @returns undefined where the task's outputs are numbers
 * @throws Error naming what of the teacher does not fit the model or the data
 * @example
 * const { negative } = (await countFlips({ model, method, adapter, data, split: 'test' }, teacher))!;
 */
export async function countFlips(
  { model, method, adapter, data, split, batchSize = 8, turn = undisturbed }: EvaluateInput & { adapter: Uint8Array },
  teacher: Teacher,
): Promise<FlipRates | undefined> {
  const record = findObjective(data.objective);
  const { answer } = record;
  if (!answer) return undefined;
  const answersOf = (logits: Matrix) => logits.to2DArray().map((outputs) => answer(outputs));
  const objective = onTensors(record);
  const old = openTeacher(teacher, model, data);
  const trial = restore(model, method, adapter, { answers: data });
  const access = trial.access();
  const counts = { outputs: 0, before: 0, after: 0, negative: 0, positive: 0 };
  try {
    for (const batch of batchesOf(data[split], batchSize)) {
      await turn.pass();
      const rows = Number.POSITIVE_INFINITY;
      const targets = objective.targets(batch, rows);
      const before = answersOf(await old.logits(batch, rows));
      const after = answersOf(await toMatrix(tf.tidy(() => objective.logits(model.config, batch, access, rows))));
      targets.forEach((target, row) => {
        const [was, is] = [before[row] === target, after[row] === target];
        counts.outputs += 1;
        counts.before += Number(was);
        counts.after += Number(is);
        counts.negative += Number(was && !is);
        counts.positive += Number(!was && is);
      });
    }
  } finally {
    trial.dispose();
    old.dispose();
  }
  const { outputs, ...right } = counts;
  const rate = (count: number) => count / Math.max(1, outputs);
  return {
    outputs,
    before: rate(right.before),
    after: rate(right.after),
    negative: rate(right.negative),
    positive: rate(right.positive),
  };
}

function batchesOf(split: Split, batchSize: number): ReturnType<TaskData['test']['batch']>[] {
  const starts = Array.from({ length: Math.ceil(split.size / batchSize) }, (_, index) => index * batchSize);
  return starts.map((start) =>
    split.batch(Array.from({ length: Math.min(batchSize, split.size - start) }, (_, offset) => start + offset)),
  );
}
