/** @file A learning rate of its own for the head that is made for a task: it is drawn, where all else is trained already. */
import type { GradientPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';

/**
 * An optimizer whose updates of the head are those of another learning rate, on the same schedule: the updates of every
 * optimizer are proportional to theirs.
 *
 * @param ratio The head's learning rate over that of all else; 1 leaves the optimizer as it is
 */
export function withHeadRate(part: GradientPart, ratio: number): GradientPart {
  if (ratio === 1) return part;
  return {
    ...part,
    async update(input) {
      const result = await part.update(input);
      for (const { path, role } of input.info) {
        const update = result.updates.get(path);
        if (role !== 'head' || update === undefined) continue;
        result.updates.set(
          path,
          tf.tidy(() => tf.mul(update, ratio)),
        );
        update.dispose();
      }
      return result;
    },
  };
}

/** The optimizer of a run with these options. */
export const ofRun = (
  part: GradientPart,
  { learningRate, headLearningRate = learningRate }: { learningRate: number; headLearningRate?: number | undefined },
): GradientPart => withHeadRate(part, headLearningRate / learningRate);
