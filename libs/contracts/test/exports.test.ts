import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import {
  boardExport,
  boardExportColumns,
  boardFileName,
  csv,
  csvHead,
  csvLines,
  type Leaderboard,
  type LeaderboardRow,
  latexText,
  markdownTable,
  type TrialView,
  tableFormats,
  trialExportColumns,
} from '../src/index.js';

describe('csv', () => {
  const columns = [
    { name: 'text', value: ({ text }: Row) => text },
    { title: 'For people', value: () => 'left out' },
    { name: 'number', value: ({ number }: Row) => number },
  ];
  interface Row {
    text: string | null;
    number: number | boolean | null;
  }

  it('quotes what has commas, quotes or lines in it, and leaves what is not known empty', () => {
    const rows = [
      { text: 'a,b', number: 0.1 + 0.2 },
      { text: 'say "so"', number: null },
      { text: 'two\nlines', number: true },
      { text: null, number: 0 },
    ];
    expect(csv(rows, columns)).toBe(
      'text,number\r\n"a,b",0.30000000000000004\r\n"say ""so""",\r\n"two\nlines",true\r\n,0\r\n',
    );
  });

  it.each(['=HYPERLINK("x")', '+1', '-1', '@sum', '\tx', '\rx'])('lets %j begin no formula', (text) => {
    const [, line] = csv([{ text, number: -1 }], [columns[0]!, columns[2]!]).split('\r\n');
    const quoted = `'${text}`;
    expect(line).toBe(`${/["\r]/.test(text) ? `"${quoted.replaceAll('"', '""')}"` : quoted},-1`);
  });

  it('comes a part at a time as well', () => {
    const [first, second] = [
      { text: 'a', number: 1 },
      { text: 'b', number: 2 },
    ];
    const numbered = [...columns, { name: 'place', value: (_: Row, index: number) => index }];
    expect(csvHead(numbered) + csvLines([first], numbered) + csvLines([second], numbered, 1)).toBe(
      csv([first, second], numbered),
    );
  });
});

describe('latexText', () => {
  it.each([
    [
      '5 % of a_b & {c} #1 $x$ ~ ^ \\',
      '5 \\% of a\\_b \\& \\{c\\} \\#1 \\$x\\$ \\textasciitilde{} \\textasciicircum{} \\textbackslash{}',
    ],
    ['a₂b₁₀', 'a$_{2}$b$_{10}$'],
    ['max → r8, α ≤ 0.05 – …', 'max $\\to$ r8, $\\alpha$ $\\leq$ 0.05 -- \\ldots{}'],
  ])('sets %s as it is', (text, latex) => expect(latexText(text)).toBe(latex));
});

describe('markdownTable', () => {
  it('lets no cell end early or mean anything else', () => {
    const text = markdownTable({
      rows: [{ name: 'a|b_c\n<b>' }],
      columns: [{ title: 'Name', value: ({ name }) => name }],
      caption: 'All *of* it',
    });
    expect(text).toBe('**All \\*of\\* it**\n\n| Name |\n| --- |\n| a\\|b\\_c \\<b\\> |\n');
  });
});

describe('boardExport', () => {
  const row = (method: string, more: Partial<LeaderboardRow> = {}) =>
    partOf<LeaderboardRow>({
      method,
      optimizer: 'adamw',
      rank: 8,
      trainedRank: null,
      keeps: null,
      learningRate: 3e-4,
      config: { alpha: 16 },
      steps: 60,
      status: 'scored',
      seeds: 3,
      validation: 0.9,
      score: 0.9512,
      interval: [0.9262, 0.9662],
      intervalCovers: 'seeds-and-examples',
      group: 'a',
      trainableParameters: 12_288,
      measuredPeakBytes: 2.5 * 2 ** 20,
      adapterBytes: 4096,
      measures: {},
      pareto: false,
      tuningTrials: 6,
      tuningSteps: 360,
      reason: null,
      trialIds: ['t1', 't2'],
      ...more,
    });
  const board = partOf<Leaderboard>({
    task: 'dataset:=mails',
    base: 'nano_sotu',
    metric: { name: 'accuracy', direction: 'maximize', range: [0, 1] },
    rows: [
      row('dora', { settings: { steps: 300 }, steps: 300, group: 'a' }),
      row('lora', { score: 0.94, interval: [0.93, 0.95], group: 'a₂', settings: { steps: 60 } }),
      row('full-ft', { status: 'does-not-fit', score: null, interval: null, group: null, reason: '-1 MiB, or "so"' }),
    ],
    answers: [{ text: 'Within 7 MiB, lora r8 leads.' }, { text: 'Within 16 MiB, dora r8 leads.' }],
    references: [],
    comparisons: [],
    testExamples: 200,
    alpha: 0.05,
    scenario: null,
    complete: true,
  });

  it('gives programs every row with raw numbers, the ends of intervals and letters', () => {
    const [head, ...lines] = boardExport(board, 'csv').trimEnd().split('\r\n');
    const names = head!.split(',');
    expect(new Set(names).size).toBe(names.length);
    const [dora, , fullFt] = lines.map((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/));
    const of = (cells: string[], name: string) => cells[names.indexOf(name)];
    expect(lines).toHaveLength(3);
    expect(['task', 'name', 'score', 'low', 'high', 'group', 'seeds'].map((name) => of(dora!, name))).toEqual([
      'dataset:=mails',
      'dora r8',
      '0.9512',
      '0.9262',
      '0.9662',
      'a',
      '3',
    ]);
    expect(of(dora!, 'measuredPeakBytes')).toBe('2621440');
    expect(of(dora!, 'setting.steps')).toBe('300');
    expect(of(dora!, 'trialIds')).toBe('t1 t2');
    expect(['place', 'score', 'low', 'reason'].map((name) => of(fullFt!, name))).toEqual([
      '',
      '',
      '',
      '"\'-1 MiB, or ""so"""',
    ]);
  });

  it('gives a paper the numbers of the board, its letters and what they mean, in Markdown', () => {
    const lines = boardExport(board, 'markdown').split('\n');
    expect(lines[0]).toBe(
      '**dataset:=mails on nano\\_sotu: test accuracy (higher is better, 200 test examples). Within 7 MiB, lora r8 leads. Within 16 MiB, dora r8 leads.**',
    );
    expect(lines[2]).toBe(
      '| Method | Learning rate | Steps | Test accuracy | 95 % interval | Group | Seeds | Trained parameters | Peak memory (MiB) |',
    );
    expect(lines[4]).toBe('| dora r8 | 3e-4 | 300 | 0.951 | 0.926 to 0.966 | a | 3 | 12,288 | 2.5 |');
    expect(lines[6]).toMatch(/^\| full-ft r8 \| 3e-4 \| none \| does not fit \| – \| – \| 3 /);
    expect(lines[8]).toContain('Rows that share a letter cannot be told apart (pairwise tests, Holm, α = 0.05).');
    expect(lines[8]).toContain('an answer for the rows that fit its budget: it may tell two rows apart');
    const [answer] = board.answers;
    expect(boardExport({ ...board, answers: [answer!] }, 'markdown')).not.toContain('an answer for the rows');
  });

  it('gives LaTeX what it can set, with the answer as the caption', () => {
    const latex = boardExport(board, 'latex');
    expect(latex).toContain('\\caption{dataset:=mails on nano\\_sotu: test accuracy');
    expect(latex).toContain('$\\alpha$ = 0.05');
    expect(latex).toContain('    lora r8 & 3e-4 & 60 & 0.940 & 0.930 to 0.950 & a$_{2}$ & 3 & 12,288 & 2.5 \\\\\n');
    expect(latex).toContain('95 \\% interval');
    expect(latex).toContain('\\begin{tabular}{lrrrrlrrr}');
  });

  it('gives titles that are told apart, and a name of its file', () => {
    const titles = boardExportColumns(board, 'method').flatMap(({ title }) => title ?? []);
    expect(new Set(titles).size).toBe(titles.length);
    expect(tableFormats).toEqual(['csv', 'markdown', 'latex']);
    expect(boardFileName(board, 'csv')).toBe('dataset-mails-nano_sotu-accuracy.csv');
  });
});

describe('trialExportColumns', () => {
  it('give a field of a listing each, with JSON where it is no single value', () => {
    const trial = partOf<TrialView>({ id: 't', seed: 3, loss: null, limits: { flops: 2e9 } });
    const cells = csvLines([trial], trialExportColumns).trimEnd();
    const names = csvHead(trialExportColumns).trimEnd().split(',');
    expect(names.slice(0, 5)).toEqual(['id', 'sweepId', 'ordinal', 'kind', 'state']);
    expect(names).toEqual(expect.arrayContaining(['method', 'rank', 'seed', 'objective', 'score', 'reason']));
    expect(cells).toContain('"{""flops"":2000000000}"');
  });
});
