/** @file Remarks below the table of a board, as a terminal and a report have them. */
import { areReportedRuns, type Leaderboard } from './leaderboard.js';
import { measures, onRow } from './measures/registry.js';

type Board = Pick<Leaderboard, 'rows' | 'references'>;

/** Scores that a method has to beat to have learnt something; undefined where there are none. */
export function referencesRemark({ references }: Board): string | undefined {
  if (references.length === 0) return undefined;
  return `For reference: ${references.map(({ name, score }) => `${name} ${Number(score.toPrecision(4))}`).join(', ')}.`;
}

/** Says of how many rows the interval and the tests hold the luck of seeds alone; undefined where of none. */
export function seedsOnlyRemark({ rows }: Pick<Leaderboard, 'rows'>): string | undefined {
  const covered = rows.filter(({ interval }) => interval !== null);
  const alone = covered.filter(({ intervalCovers }) => intervalCovers === 'seeds-only').length;
  if (alone === 0) return undefined;
  return `Of ${alone} of ${covered.length} rows the examples are not known: intervals and tests are over seeds alone, and another test set may say otherwise.`;
}

/** Widest interval of a share that is not worth a word. */
const wide = 0.1;

/** Says how little the test examples tell where they are few and each is right or wrong; undefined elsewhere. */
export function fewExamplesRemark({
  testExamples,
  testShare,
  metric,
}: Pick<Leaderboard, 'testExamples' | 'testShare' | 'metric'>): string | undefined {
  if (testShare === undefined || testExamples === null || testShare.high - testShare.low <= wide) return undefined;
  const [share, low, high] = [testShare.share, testShare.low, testShare.high].map((value) => value.toFixed(2));
  return `${testExamples} test examples tell little: whoever has ${share} of these right may have any ${metric.name} from ${low} to ${high} on others of the kind (95 % interval of a share), and more seeds do not narrow it.`;
}

/** Says where the results of a board come from that were not made here; undefined where they were. */
export function originText({
  task,
  base,
  published,
}: Pick<Leaderboard, 'task' | 'base' | 'published'>): string | undefined {
  if (!published) return undefined;
  const whose = areReportedRuns({ task, base }) ? 'Runs trained elsewhere' : `Published by ${published.source}`;
  return `${whose}. ${published.remark}`;
}

/** How many winners were not tuned to an end; undefined where all were. */
export function edgesRemark({ rows }: Board): string | undefined {
  const scored = rows.filter(({ score }) => score !== null);
  const onEdge = scored.filter(({ edges }) => edges.length > 0).length;
  if (onEdge === 0) return undefined;
  return `${onEdge} of ${scored.length} rows won at the smallest or largest value tried: a value beyond may be better.`;
}

/** Remarks of measures on the values that the rows have. */
export const measureRemarks = ({ rows }: Board): string[] =>
  measures.flatMap((measure) => {
    const values = rows.flatMap((row) => onRow(row, measure) ?? []);
    return values.length > 0 ? (measure.remark?.(values) ?? []) : [];
  });
