/** @file How long the examples of a kept data set are to a base, by a sample of those that are trained on. */
import { lengthsOf, type ReadLengths, readLengths, usualLength } from '@rankforge/peft';
import type { LoadOptions } from '../task.js';
import { splitOfExamples, usualSequence } from './dataset-task.js';
import { DatasetHead, readDataset, type StoredExample } from './stored.js';

export interface DatasetLengths extends ReadLengths {
  /** The length that was asked for, or the one that the data suggests. */
  sequenceLength: number;
}

/** A default is a multiple of this: data sets that are nearly as long share one. */
const rounding = 32;

/** Longest default. A step takes time and memory by the token: who wants more says so. */
const longestUsual = 1024;

/** Examples that are looked at, at least, where there are as many. */
const sampled = 500;

/**
 * Says what is cut of the examples at a length, or, where none is asked for, at the default: the length at which 95 % are read whole, from
 * 64 tokens to 1,024, and no longer than the base reads.
 *
 * @param asked the length that was asked for
 * @param contextLength tokens that the base reads at most
 * @returns undefined where nothing can be cut, or the examples lie at sites
 * @throws RangeError where the length leaves no room for what an example needs at least
 */
export async function datasetLengths(
  file: string,
  {
    tokenizer,
    asked,
    contextLength,
  }: {
    tokenizer: Omit<LoadOptions, 'sequenceLength'>;
    asked?: number | undefined;
    contextLength: number;
  },
): Promise<DatasetLengths | undefined> {
  const { head, examples } = await sampleOf(file);
  if (head.sites) return undefined;
  const at = async (sequenceLength: number) =>
    lengthsOf(await splitOfExamples(examples, head, { ...tokenizer, sequenceLength }));
  const longest = Math.min(longestUsual, contextLength);
  const whole = await at(asked ?? longest);
  if (whole === undefined) return undefined;
  if (asked !== undefined) return { sequenceLength: asked, ...readLengths(whole) };
  const usual = Math.ceil(usualLength(whole) / rounding) * rounding;
  const sequenceLength = Math.min(longest, Math.max(usualSequence, usual));
  return { sequenceLength, ...readLengths((await at(sequenceLength))!) };
}

/** Examples of the training split that are spread evenly over it, in its order. */
async function sampleOf(file: string): Promise<{ head: DatasetHead; examples: StoredExample[] }> {
  const lines = readDataset(file);
  const head = DatasetHead.parse((await lines.next()).value);
  let examples: StoredExample[] = [];
  let [seen, each] = [0, 1];
  for await (const line of lines) {
    if (!('split' in line) || line.split !== 'train' || seen++ % each > 0) continue;
    examples.push(line);
    if (examples.length < 2 * sampled) continue;
    examples = examples.filter((_, at) => at % 2 === 0);
    each *= 2;
  }
  return { head, examples };
}
