import { type MemoryByPart, MIB, memoryParts } from '@rankforge/contracts';
import { formatBytes, formatMiB } from '../lib/format.js';
import { partColors, partLabels } from '../lib/palette.js';
import classes from './memory-bar.module.css';

/**
 * The right end of bars that hold up to `largestBytes`: behind the largest budget, unless that is so far off that the
 * parts could not be seen. Budgets beyond the end are not drawn.
 */
export function memoryScale(largestBytes: number, budgetsMiB: readonly number[]): number {
  const near = budgetsMiB.map((mib) => mib * MIB).filter((bytes) => bytes <= 4 * largestBytes);
  return Math.max(1, largestBytes, ...near) * 1.03;
}

interface MemoryBarProps {
  memory: MemoryByPart;
  /** Drawn as lines across the bar. */
  budgetsMiB: readonly number[];
  /** True if it fits, where more than these bytes decides; null: uncertain. Default: true if they are within the budget. */
  fits?: boolean | null | undefined;
  /** Drawn as a whisker: the bytes between which a run is to need memory. */
  between?: { low: number; high: number } | undefined;
  /** Drawn hatched: the bytes of a card that no run can have. */
  taken?: { from: number; to: number } | undefined;
  /** Bytes at the right end, so that bars under each other share one scale. */
  scaleBytes: number;
  label: string;
}

/** Bytes by part as one bar, against a budget. */
export function MemoryBar({ memory, budgetsMiB, scaleBytes, label, fits, between, taken }: MemoryBarProps) {
  const parts = memoryParts.filter((part) => memory[part] > 0);
  const isOver = (mib: number) => (fits === undefined ? memory.total > mib * MIB : !fits);
  const text = parts.map((part) => `${partLabels[part]} ${formatBytes(memory[part])}`).join(', ');
  const against = budgetsMiB.map(
    (mib) => `${fits === null ? 'perhaps over' : isOver(mib) ? 'over' : 'within'} the budget of ${formatMiB(mib)}`,
  );
  const range = between ? `, between ${formatBytes(between.low)} and ${formatBytes(between.high)}` : '';
  const placeOf = (bytes: number) => `${(bytes / scaleBytes) * 100}%`;
  return (
    <div
      className={classes.frame}
      role="img"
      title={text}
      aria-label={`${label} ${formatBytes(memory.total)}${range}, ${against.join(', ')}: ${text}`}
    >
      <div className={classes.track}>
        {parts.map((part) => (
          <div
            key={part}
            style={{ width: placeOf(memory[part]), background: partColors[part] }}
            className={classes.part}
          />
        ))}
        {taken ? (
          <div className={classes.taken} style={{ left: placeOf(taken.from), width: placeOf(taken.to - taken.from) }} />
        ) : null}
      </div>
      {between ? (
        <div
          className={classes.whisker}
          style={{ left: placeOf(between.low), width: placeOf(between.high - between.low) }}
        />
      ) : null}
      {budgetsMiB
        .filter((mib) => mib * MIB <= scaleBytes)
        .map((mib) => (
          <div
            key={mib}
            className={classes.budget}
            data-over={isOver(mib) || undefined}
            style={{ left: placeOf(mib * MIB) }}
          />
        ))}
    </div>
  );
}

interface MemoryLegendProps {
  /** Says what the whiskers of bars are; absent: they have none. */
  whiskers?: string | undefined;
  /** Says who takes the hatched bytes; absent: there are none. */
  taken?: string | undefined;
}

export function MemoryLegend({ whiskers, taken }: MemoryLegendProps) {
  return (
    <ul className={classes.legend} aria-label="Parts of memory">
      {memoryParts.map((part) => (
        <li key={part}>
          <span className={classes.swatch} style={{ background: partColors[part] }} aria-hidden />
          {partLabels[part]}
        </li>
      ))}
      <li>
        <span className={classes.budgetSwatch} aria-hidden />
        Budget
      </li>
      {whiskers ? (
        <li>
          <span className={classes.whiskerSwatch} aria-hidden />
          {whiskers}
        </li>
      ) : null}
      {taken ? (
        <li>
          <span className={classes.takenSwatch} aria-hidden />
          {taken}
        </li>
      ) : null}
    </ul>
  );
}
