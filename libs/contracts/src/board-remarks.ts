/** @file Remarks below the table of a board, as a terminal and a report have them. */
import type { Leaderboard } from './leaderboard.js';
import { measures, onRow } from './measures/registry.js';

type Board = Pick<Leaderboard, 'rows' | 'references'>;

/** Scores that a method has to beat to have learnt something; undefined where there are none. */
export function referencesRemark({ references }: Board): string | undefined {
  if (references.length === 0) return undefined;
  return `For reference: ${references.map(({ name, score }) => `${name} ${Number(score.toPrecision(4))}`).join(', ')}.`;
}

/** How many winners were not tuned to an end; undefined where all were. */
export function edgesRemark({ rows }: Board): string | undefined {
  const scored = rows.filter(({ score }) => score !== null);
  const onEdge = scored.filter(({ edges }) => edges.length > 0).length;
  if (onEdge === 0) return undefined;
  return `${onEdge} of ${scored.length} rows lie on an edge of their grid: a better configuration may lie beyond it.`;
}

/** Remarks of measures on the values that the rows have. */
export const measureRemarks = ({ rows }: Board): string[] =>
  measures.flatMap((measure) => {
    const values = rows.flatMap((row) => onRow(row, measure) ?? []);
    return values.length > 0 ? (measure.remark?.(values) ?? []) : [];
  });
