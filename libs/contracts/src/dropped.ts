/** @file Configurations that went no further than a rung, and how sure it is that they lose. */
import { z } from 'zod';
import { Id } from './common.js';

/** A configuration at the rung where it was left. */
export const Dropped = z.object({
  rung: z.number().int().meta({ description: 'From 1, of `rungs`.' }),
  rungs: z.number().int(),
  step: z.number().int().meta({ description: 'Optimizer step at which the rung ends.' }),
  value: z.number().meta({ description: 'Its validation value there, over its seeds.' }),
  best: z.number().meta({ description: 'The best validation value of its method there.' }),
  examples: z.number().int().nullable().meta({ description: 'Validation examples that the two were compared on.' }),
  pValue: z.number().nullable().meta({
    description: 'Of the test against the best on the same examples; null where their scores are not kept.',
  }),
  surely: z.boolean().meta({ description: 'It loses to the best there within the error that the scheduler allows.' }),
  error: z.number().meta({
    description: 'Chance that the best of the method was dropped by the luck of the examples, over all its rungs.',
  }),
});
export type Dropped = z.infer<typeof Dropped>;

/** What rungs left of the configurations of a board's row. */
export const RungLedger = z
  .object({
    stopped: z.number().int().meta({ description: 'Configurations that went no further than a rung.' }),
    surely: z.number().int().meta({ description: 'Of these, those that lose to the best of their rung for sure.' }),
    error: z.number(),
    configurations: z
      .array(Dropped.extend({ trialId: Id, learningRate: z.number(), rank: z.number().int().nullable() }))
      .meta({ description: 'The closest to the best of their rungs; `stopped` counts the others as well.' }),
  })
  .meta({ id: 'RungLedger' });
export type RungLedger = z.infer<typeof RungLedger>;

const digits = (value: number) => Number(value.toPrecision(6)).toString();

/** Why a configuration went no further, for the log of its trials. */
export function droppedReason({ value, best, examples, pValue, surely, ...at }: Dropped, steps: number): string {
  const place = `step ${at.step} of ${steps}, rung ${at.rung} of ${at.rungs}`;
  const own = `went no further than ${place}: its validation value there, ${digits(value)}, `;
  if (pValue === null) return `${own}was not among the best`;
  const test = `p = ${Number(pValue.toPrecision(2))} on ${examples} examples`;
  return surely
    ? `${own}loses to the best, ${digits(best)}, for sure (${test})`
    : `${own}cannot be told from the best, ${digits(best)} (${test}), and others that cannot were better`;
}

/** @example rungLedgerText({ stopped: 2, surely: 1, error: 0.05, configurations: [] }) // '2 stopped at a rung, 1 for sure (error 5 %)' */
export function rungLedgerText({ stopped, surely, error }: RungLedger): string {
  const sure = surely === stopped ? 'all' : surely === 0 ? 'none' : String(surely);
  return `${stopped} stopped at a rung, ${sure} for sure (error ${Number((100 * error).toPrecision(2))} %)`;
}
