import { type ExportTable, forPeople } from './column.js';

/** A table in LaTeX, in the rules of the package booktabs, with its caption. */
export function latexTable<Row>(table: ExportTable<Row>): string {
  const columns = forPeople(table);
  const line = (cells: readonly string[]) => `    ${cells.map(latexText).join(' & ')} \\\\`;
  return [
    '% Needs \\usepackage{booktabs} in the preamble.',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${latexText([table.caption, table.note].filter(Boolean).join(' '))}}`,
    `  \\begin{tabular}{${columns.map(({ right }) => (right ? 'r' : 'l')).join('')}}`,
    '    \\toprule',
    line(columns.map(({ title }) => title)),
    '    \\midrule',
    ...table.rows.map((row, index) => line(columns.map(({ cell }) => cell(row, index)))),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

/** Characters that LaTeX reads as commands, and those that its usual fonts lack. */
const written: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '–': '--',
  '…': '\\ldots{}',
  '→': '$\\to$',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '×': '$\\times$',
  '−': '$-$',
  α: '$\\alpha$',
  ε: '$\\varepsilon$',
  ρ: '$\\rho$',
  δ: '$\\delta$',
  σ: '$\\sigma$',
};

const subscripts = '₀₁₂₃₄₅₆₇₈₉';

/** Text that LaTeX sets as it is. @example latexText('5 % of a_b') // '5 \\% of a\\_b' */
export const latexText = (text: string): string =>
  text.replaceAll(/[₀-₉]+|[^₀-₉]/gu, (piece) =>
    subscripts.includes(piece[0]!)
      ? `$_{${[...piece].map((digit) => subscripts.indexOf(digit)).join('')}}$`
      : (written[piece] ?? piece),
  );
