import type { Split } from '../objectives/data.js';
import { createRandom } from '../tensor/random.js';
import { shuffled } from '../tensor/shuffled.js';
import { checkIndices } from './indices.js';
import type { TaskData } from './task-data.js';

/** Units of a split, in the order of these indices, as a split of their own. No further units can be made of it. */
export function subsetOf(split: Split, kept: readonly number[]): Split {
  const of = (indices: readonly number[]) => {
    checkIndices(indices, kept.length);
    return indices.map((index) => kept[index]!);
  };
  const { batch, answers, lengths, questions, queries, searches, fields, looks } = split;
  return {
    ...(looks && { looks }),
    size: kept.length,
    batch: (indices) => batch.call(split, of(indices)),
    ...(answers && { answers: (indices) => answers.call(split, of(indices)) }),
    ...(lengths && { lengths: (index) => lengths.call(split, kept[index]!) }),
    ...(questions && {
      questions: {
        prompt: (index) => questions.prompt(kept[index]!),
        right: (index) => questions.right(kept[index]!),
        ...(questions.text && { text: (index) => questions.text!(kept[index]!) }),
        ...(questions.grounded && { grounded: (index) => questions.grounded!(kept[index]!) }),
      },
    }),
    ...(queries && { queries: kept.map((index) => queries[index]!) }),
    ...(searches && {
      searches: {
        unitRows: searches.unitRows,
        ...(searches.texts && { texts: searches.texts }),
        batch: (indices) => searches.batch(of(indices)),
        beside: (indices, negatives) => searches.beside(of(indices), negatives),
        readings: (indices, added) => searches.readings(of(indices), added),
        relevant: (index) => searches.relevant(kept[index]!),
        ...(searches.barred && { barred: (index) => searches.barred!(kept[index]!) }),
      },
    }),
    ...(fields && {
      fields: Object.fromEntries(
        Object.entries(fields).map(([name, values]) => [name, kept.map((index) => values[index]!)]),
      ),
    }),
  };
}

/**
 * Units of a split drawn without replacement, in the split's own order: the same for everyone who asks for as many. The whole split
 * where it has no more.
 *
 * @example sampleOf(validation, 100).size // 100
 */
export function sampleOf(split: Split, count: number): Split {
  if (split.size <= count) return split;
  return subsetOf(
    split,
    [...shuffled(split.size, createRandom('sample')).subarray(0, count)].sort((a, b) => a - b),
  );
}

/** Data whose validation split is a sample of so many units; the data itself where no number is given. */
export function judgedBy(data: TaskData, validationExamples: number | undefined): TaskData {
  return validationExamples === undefined
    ? data
    : { ...data, validation: sampleOf(data.validation, validationExamples) };
}
