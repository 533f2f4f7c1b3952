import {
  baseText,
  commonRank,
  contenderName,
  defaultSweepKind,
  type PaperClaimEvidence,
  type PaperClaimList,
  type PaperClaimView,
} from '@rankforge/contracts';

/** The paper claims as a table that a repository or a wiki shows. */
export function paperClaimsMarkdown({ paperClaims, without, alpha }: PaperClaimList): string {
  const rows = paperClaims.flatMap((paperClaim) =>
    paperClaim.evidence.length === 0
      ? [line(paperClaim, undefined)]
      : paperClaim.evidence.map((evidence, index) => line(paperClaim, evidence, index > 0)),
  );
  return [
    '# What papers say, and what was measured here',
    '',
    '| of | paper claim | source | tried as | measured on | own | other | difference | claimed | verdict |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    ...without.map((name) => row([name, 'nothing verified', '–', '–', '', '', '', '', '', 'not measured'])),
    '',
    `Scores are of the test split; a verdict takes the paired test of the board, Holm-adjusted, at α = ${alpha}, and brackets`,
    'hold the 95 % interval of all comparisons together. `agrees` takes the claimed direction and at least the claimed size, at equal rank and with everything',
    'that method and optimizer repeat come to. `not tested here`: base, steps or tuning are too small beside those of the paper. A verdict is about the base it names.',
    ...(without.length > 0
      ? [
          '',
          '“Nothing verified”: there is a paper, and no claim of the paper was read there, in its abstract or in its code.',
        ]
      : []),
    '',
  ].join('\n');
}

function line(paperClaim: PaperClaimView, evidence: PaperClaimEvidence | undefined, again = false): string {
  const { compare } = paperClaim;
  const said = again
    ? ['', '', '', '']
    : [paperClaim.title, paperClaim.text, paperClaim.source, compare ? tried(compare) : '–'];
  const measured = evidence
    ? [
        `${evidence.task}, ${rankText(evidence)}${evidence.seeds} seed${evidence.seeds === 1 ? '' : 's'}`,
        number(evidence.own),
        number(evidence.other),
        effect(evidence),
        evidence.claimed === null ? '–' : `${evidence.effect === 'ratio' ? '× ' : ''}${number(evidence.claimed)}`,
        `${evidence.verdict} on ${baseText(evidence)}${evidence.because === null ? '' : `: ${evidence.because}`}`,
      ]
    : ['', '', '', '', '', paperClaim.untold === null ? 'not measured' : `not measured: ${paperClaim.untold}`];
  return row([...said, ...measured]);
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const rankText = (evidence: PaperClaimEvidence): string => {
  const rank = commonRank(evidence);
  return rank === null ? '' : `rank ${rank}, `;
};

const names = { score: 'better test score', trained: 'fewer trained parameters', memory: 'lower peak memory' } as const;

function tried({ own, other, measure, kind }: NonNullable<PaperClaimView['compare']>): string {
  return `${names[measure]}: ${contenderName(own)} than ${contenderName(other)}${kind === defaultSweepKind ? '' : ` (${kind})`}`;
}

function effect({ effect: kind, difference, interval }: PaperClaimEvidence): string {
  const sign = kind === 'ratio' ? '× ' : '';
  const range = interval ? ` [${number(interval[0])}, ${number(interval[1])}]` : '';
  return `${sign}${number(difference)}${range}`;
}

const number = (value: number): string => String(Number(value.toPrecision(4)));
