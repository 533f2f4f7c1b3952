/** @file The report as Markdown. */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { machine } from '../bench.js';
import type { Subject } from './machine.js';

export interface Part {
  name: string;
  seconds: number;
  /** What did not hold; none: all of it did. */
  problems: readonly string[];
  /** Rows of text, the first one the heads of the columns; none: there is no table. */
  table: readonly (readonly string[])[];
  notes: readonly string[];
}

/** What a part hands back. */
export type Findings = Omit<Part, 'name' | 'seconds'>;

export function asMarkdown(subject: Subject, parts: readonly Part[]): string {
  const { kind, engine, runner, driver } = subject;
  const title = kind === 'gpu' ? 'Check of the engines on NVIDIA GPUs' : 'Trial run of gpu-check on the cores';
  const warning =
    kind === 'gpu' ? [] : ['**No GPU took part.** This run tried the program itself, and says nothing of a GPU.', ''];
  return [
    `# ${title}`,
    '',
    ...warning,
    `- Date: ${new Date().toISOString()}`,
    `- Command: \`npm run gpu-check -- ${process.argv.slice(2).join(' ')}\``,
    `- Rankforge: ${commit()}`,
    `- Machine: ${machine()}; load average of the 15 minutes before the end ${loadavg()[2]?.toFixed(1)}`,
    ...(engine ? [`- TensorFlow: ${engine.variant}, ${engine.releases.join(', ')}`] : []),
    ...(runner ? [`- Torch: ${runner.releases.join(', ')}`] : []),
    '',
    ...(driver.length > 0 ? ['```', ...driver, '```', ''] : []),
    ...parts.flatMap(sectionOf),
  ].join('\n');
}

function sectionOf({ name, seconds, problems, table, notes }: Part): string[] {
  const [head = [], ...rows] = table;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `## ${name}`,
    '',
    `${problems.length === 0 ? 'Held' : 'Did not hold'}, in ${seconds.toFixed(0)} s.`,
    '',
    ...(problems.length > 0 ? [...problems.map((problem) => `- ${problem}`), ''] : []),
    ...(head.length > 0 ? [line(head), line(head.map(() => '---')), ...rows.map(line), ''] : []),
    ...notes.flatMap((note) => [note, '']),
  ];
}

function commit(): string {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return 'not a git checkout';
  }
}
