import { z } from 'zod';
import { whole } from './bounds.js';

const Share = z.number().min(0).max(1);

/** How much is cut of the examples of a task at the length of a training. */
export const ReadLengths = z
  .object({
    sequenceLength: whole(1),
    fromData: z.literal(true).optional().meta({
      description: 'The request names no length: it is the one at which 95 % of the examples are read whole.',
    }),
    sampled: whole(0).meta({ description: 'Examples of the training split that were looked at; of queries, rows.' }),
    cut: Share.meta({ description: 'Share of them that are longer.' }),
    learnedCut: Share.nullable().meta({
      description: 'Share of the tokens to be learned that are cut; null where the loss counts on none of the text.',
    }),
    longest: whole(0).meta({ description: 'Tokens of the longest of them.' }),
  })
  .meta({ id: 'ReadLengths' });
export type ReadLengths = z.infer<typeof ReadLengths>;

/** A default length cuts as many: more is worth a warning. */
const usuallyCut = 0.05;

export const warnsOfCut = ({ cut, learnedCut }: Pick<ReadLengths, 'cut' | 'learnedCut'>): boolean =>
  Math.max(cut, learnedCut ?? 0) > usuallyCut;

/** @example cutNotice(lengths) // 'sequenceLength 64 cuts 38 % of 500 examples and 61 % of the tokens to be learned; the longest has 912 tokens' */
export function cutNotice({ sequenceLength, fromData, sampled, cut, learnedCut, longest }: ReadLengths): string {
  const length = `sequenceLength ${sequenceLength}${fromData ? ', which follows from the data,' : ''}`;
  const left = cut === 0 ? `none of ${sampled} examples` : `${percent(cut)} of ${sampled} examples`;
  const learned = learnedCut === null || cut === 0 ? '' : ` and ${percent(learnedCut)} of the tokens to be learned`;
  return `${length} cuts ${left}${learned}; the longest has ${longest} tokens`;
}

const percent = (share: number): string =>
  share > 0 && share < 0.001 ? 'less than 0.1 %' : `${Number((share * 100).toPrecision(share < 0.1 ? 1 : 2))} %`;
