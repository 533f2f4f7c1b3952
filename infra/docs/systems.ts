/** @file The page of published work, from the registries: `docs/systems.md`. */
import { attacks, strategies } from '@rankforge/federated';
import {
  baselines,
  type Evidence,
  examinations,
  methods,
  optimizers,
  type Paper,
  procedures,
  recipes,
} from '@rankforge/peft';
import { publishedFormats } from '@rankforge/tasks';
import type { BoardPage } from './boards.js';

/** Something of a registry that may come from a publication. */
interface Registered {
  name: string;
  title: string;
  /** Absent from optimizers, whose title says it. */
  summary?: string;
  paper?: Paper;
  evidence?: Evidence;
}

interface Room {
  heading: string;
  /** Where it is described. */
  page: string;
  entries: readonly Registered[];
}

const withPurpose = (purpose: string) => methods.filter(({ purposes = ['finetune'] }) => purposes[0] === purpose);

/** Rooms of the page, registry by registry. */
const rooms: readonly Room[] = [
  { heading: 'Methods that fine-tune', page: 'adding-a-method.md', entries: withPurpose('finetune') },
  { heading: 'Methods that pre-train', page: 'pretraining.md', entries: withPurpose('pretrain') },
  { heading: 'Methods that compress', page: 'compression.md', entries: withPurpose('compress') },
  { heading: 'Optimizers', page: 'memory-of-optimizers.md', entries: optimizers },
  { heading: 'Recipes', page: 'recipes.md', entries: recipes },
  { heading: 'Strategies of federations', page: 'federated.md', entries: strategies },
  { heading: 'Attacks of clients in federations', page: 'federated.md', entries: attacks },
  { heading: 'Baselines that train nothing', page: 'ranking.md', entries: baselines },
  { heading: 'Procedures that ask a generator', page: 'generators.md', entries: procedures },
  { heading: 'Data and files of benchmarks and toolkits', page: 'answers.md', entries: publishedFormats },
  { heading: 'Attacks on a model of one’s own, and certificates', page: 'robustness.md', entries: examinations },
];

/** Markdown of the page. `boards` are those of the documentation. */
export function systemsPage(boards: readonly BoardPage[]): string {
  return [
    '# Published work',
    '',
    'From which publication each method, optimizer, recipe, strategy and attack comes, how well its source is known, and which boards of this',
    'documentation have a row of it. The registries make this page (`npm run infra:systems`), and a test holds it to them.',
    '',
    'Evidence is full where the reference of an entry is known to whoever wrote it, and partial where something of it is open, was chosen',
    'or differs: what is said of the entry may then not be said of its publication. A row on a board says that it ran there, not',
    'that it won; each page says what its boards decide. Rows are counted alone: attacks on federations, say, are [columns of a board](federated.md#two-of-seven-attack).',
    '',
    ...rooms.flatMap(({ heading, page, entries }) => [
      `## ${heading}`,
      '',
      `[About them](${page}).`,
      '',
      ...table(
        ['name', 'publication', 'what it does here', 'evidence', 'boards'],
        entries.map((entry) => [
          `\`${entry.name}\``,
          entry.paper ? published(entry.paper) : '–',
          entry.summary ?? entry.title,
          evidenceOf(entry),
          boards
            .filter(({ contenders }) => contenders.has(entry.name))
            .map(({ file, title }) => `[${title}](${file})`)
            .join(', ') || '–',
        ]),
      ),
      '',
    ]),
  ].join('\n');
}

const link = (arxiv: string) => `[${arxiv}](https://arxiv.org/abs/${arxiv})`;

const published = ({ title, arxiv, year }: Paper) => `${title}, ${arxiv ? link(arxiv) : year}`;

function evidenceOf({ paper, evidence }: Registered): string {
  if (evidence?.level === 'partial') return `partial: ${evidence.reason}`;
  return paper ? 'full' : '–';
}

/** Columns are as wide as their widest cell, as `npm run format` has them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => [...row[column]!].length)));
  const line = (row: readonly string[], fill: string) =>
    `| ${row.map((cell, column) => cell + fill.repeat(widths[column]! - [...cell].length)).join(' | ')} |`;
  const [title, ...body] = cells;
  return [
    line(title!, ' '),
    line(
      head.map(() => ''),
      '-',
    ),
    ...body.map((row) => line(row, ' ')),
  ];
}
