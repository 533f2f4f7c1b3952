import type { PaperClaimEvidence, PaperClaimList, PaperClaimView } from '@rankforge/contracts';

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
    '| of | paper claim | source | tried as | measured on | own | other | difference | verdict |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    ...without.map((name) => row([name, 'nothing verified', '–', '–', '', '', '', '', 'not measured'])),
    '',
    `Scores are of the test split; a verdict takes the paired test of the board, Holm-adjusted, at α = ${alpha}, and brackets`,
    'hold the 95 % interval. Models, data and budgets here are others than in the papers: a verdict is about this installation.',
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
        `${evidence.task} on ${evidence.base}, ${evidence.seeds} seed${evidence.seeds === 1 ? '' : 's'}`,
        number(evidence.own),
        number(evidence.other),
        effect(evidence),
        evidence.verdict,
      ]
    : ['', '', '', '', paperClaim.untold === null ? 'not measured' : `not measured: ${paperClaim.untold}`];
  return row([...said, ...measured]);
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const names = { score: 'better test score', trained: 'fewer trained parameters', memory: 'lower peak memory' } as const;

function tried({ own, other, measure, kind }: NonNullable<PaperClaimView['compare']>): string {
  const name = ({ method, optimizer }: typeof own) => (optimizer === 'adamw' ? method : `${method} + ${optimizer}`);
  return `${names[measure]}: ${name(own)} than ${name(other)}${kind === 'finetune' ? '' : ` (${kind})`}`;
}

function effect({ effect: kind, difference, interval }: PaperClaimEvidence): string {
  const sign = kind === 'ratio' ? '× ' : '';
  const range = interval ? ` [${number(interval[0])}, ${number(interval[1])}]` : '';
  return `${sign}${number(difference)}${range}`;
}

const number = (value: number): string => String(Number(value.toPrecision(4)));
