/** @file What papers say of methods and optimizers, and what was measured here. */
import { z } from 'zod';
import { Id } from './common.js';
import { SweepKind } from './sweep-kind.js';

/** `mixed`: it agrees on one board and contradicts on another. */
export const PaperClaimVerdict = z.enum(['agrees', 'contradicts', 'mixed', 'not told apart', 'not measured']);
export type PaperClaimVerdict = z.infer<typeof PaperClaimVerdict>;

const Contender = z.object({ method: z.string(), optimizer: z.string() });

/** Both contenders on one board. */
export const PaperClaimEvidence = z.object({
  task: z.string(),
  base: z.string(),
  metric: z.string().nullable().meta({ description: 'Of a comparison of scores.' }),
  own: z.number(),
  other: z.number(),
  effect: z.enum(['difference', 'ratio']),
  difference: z.number().meta({ description: 'Own minus other, or own divided by other where `effect` is `ratio`.' }),
  interval: z
    .tuple([z.number(), z.number()])
    .nullable()
    .meta({ description: '95 %, not adjusted for the comparisons of the board; null for counts and bytes.' }),
  adjustedPValue: z.number().nullable().meta({ description: 'Holm, over the pairs of the board.' }),
  seeds: z.number().int().meta({ description: 'Of the contender with fewer.' }),
  sweepIds: z.array(Id),
  verdict: z.enum(['agrees', 'contradicts', 'not told apart']),
});
export type PaperClaimEvidence = z.infer<typeof PaperClaimEvidence>;

export const PaperClaimView = z
  .object({
    of: z.enum(['method', 'optimizer']),
    name: z.string(),
    title: z.string(),
    text: z.string(),
    source: z.string(),
    compare: z
      .object({ own: Contender, other: Contender, measure: z.enum(['score', 'trained', 'memory']), kind: SweepKind })
      .nullable()
      .meta({ description: 'How it is tried here; null where nothing here can tell.' }),
    untold: z.string().nullable().meta({ description: 'Why nothing here can tell; null where it is tried.' }),
    verdict: PaperClaimVerdict,
    evidence: z.array(PaperClaimEvidence).meta({ description: 'One for each board that has both contenders.' }),
  })
  .meta({ id: 'PaperClaim' });
export type PaperClaimView = z.infer<typeof PaperClaimView>;

export const PaperClaimList = z
  .object({
    paperClaims: z.array(PaperClaimView),
    without: z
      .array(z.string())
      .meta({ description: 'Methods and optimizers with a paper and no paper claim on record.' }),
    alpha: z.number(),
  })
  .meta({ id: 'PaperClaimList' });
export type PaperClaimList = z.infer<typeof PaperClaimList>;
