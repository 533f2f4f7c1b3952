/** @file What papers say of methods and optimizers, and what was measured here. */
import { z } from 'zod';
import { Id } from './common.js';
import { Contender } from './contender.js';
import { SweepKind } from './sweep-kind.js';

/**
 * On one board. `agrees` takes the direction and the size that are claimed. `not tested here`: base, steps or tuning are too small beside those of
 * the paper for any verdict.
 */
export const EvidenceVerdict = z.enum([
  'agrees',
  'smaller than claimed',
  'same direction',
  'contradicts',
  'not told apart',
  'not tested here',
  'not comparable',
]);
export type EvidenceVerdict = z.infer<typeof EvidenceVerdict>;

/** Over all boards. `mixed`: boards that tell say different things. */
export const PaperClaimVerdict = z.enum([...EvidenceVerdict.options, 'mixed', 'not measured']);
export type PaperClaimVerdict = z.infer<typeof PaperClaimVerdict>;

/** Both contenders on one board. */
export const PaperClaimEvidence = z.object({
  task: z.string(),
  base: z.string(),
  baseParameters: z.number().int().nullable().meta({ description: 'Null where the base is no longer there.' }),
  ranks: z
    .tuple([z.number().int().nullable(), z.number().int().nullable()])
    .meta({ description: 'Own and other; equal wherever both have one and a verdict is given.' }),
  metric: z.string().nullable().meta({ description: 'Of a comparison of scores.' }),
  own: z.number(),
  other: z.number(),
  effect: z.enum(['difference', 'ratio']),
  claimed: z.number().nullable().meta({
    description:
      'The claimed size as `difference` has it; null where none is given, or in a unit that the board has not.',
  }),
  difference: z.number().meta({ description: 'Own minus other, or own divided by other where `effect` is `ratio`.' }),
  interval: z.tuple([z.number(), z.number()]).nullable().meta({
    description: '95 % for all comparisons of the board together, as the adjusted p; null for counts and bytes.',
  }),
  adjustedPValue: z.number().nullable().meta({ description: 'Holm, over the pairs of the board.' }),
  seeds: z.number().int().meta({ description: 'Of the contender with fewer.' }),
  sweepIds: z.array(Id),
  verdict: EvidenceVerdict,
  because: z
    .string()
    .nullable()
    .meta({ description: 'Why the verdict is no more than it is; null where it needs no reason.' }),
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

/** @example baseText({ base: 'nano-sotu', baseParameters: 171_648 }) // 'nano-sotu, 0.17 M' */
export function baseText({ base, baseParameters: size }: Pick<PaperClaimEvidence, 'base' | 'baseParameters'>): string {
  return size === null ? base : `${base}, ${parametersText(size, 2)}`;
}

/** @example parametersText(7e9) // '7 B' */
export function parametersText(parameters: number, digits = 3): string {
  const [unit, name] = parameters >= 1e9 ? [1e9, 'B'] : [1e6, 'M'];
  return `${Number((parameters / unit).toPrecision(parameters < 1e6 ? 2 : digits))} ${name}`;
}

/** The rank that both are measured at; null where none has a rank, or their ranks differ. */
export function commonRank({ ranks: [own, other] }: Pick<PaperClaimEvidence, 'ranks'>): number | null {
  return own === null || other === null || own === other ? (own ?? other) : null;
}

/** The verdict with the bases that it holds for. @example 'agrees on nano-sotu, 0.17 M' */
export function verdictText({ verdict, evidence }: Pick<PaperClaimView, 'verdict' | 'evidence'>): string {
  const bases = [...new Set(evidence.filter((one) => verdict === 'mixed' || one.verdict === verdict).map(baseText))];
  return bases.length === 0 ? verdict : `${verdict} on ${bases.join('; ')}`;
}
