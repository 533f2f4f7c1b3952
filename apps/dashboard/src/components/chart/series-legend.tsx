import { UnstyledButton } from '@mantine/core';
import { formatInteger } from '../../lib/format.js';
import { dashesOf } from './dashes.js';
import classes from './series-legend.module.css';

export interface LegendEntry {
  name: string;
  count?: number;
  color: string;
  dash: string | number[];
}

interface SeriesLegendProps {
  entries: LegendEntry[];
  hidden: ReadonlySet<string>;
  onChange: (hidden: ReadonlySet<string>) => void;
}

/** A legend whose entries show and hide their series. */
export function SeriesLegend({ entries, hidden, onChange }: SeriesLegendProps) {
  function toggle(name: string) {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    onChange(next);
  }

  return (
    <fieldset className={classes.legend} aria-label="Series">
      {entries.map(({ name, count, color, dash }) => (
        <UnstyledButton
          key={name}
          className={classes.entry}
          aria-pressed={!hidden.has(name)}
          onClick={() => toggle(name)}
        >
          <svg width="22" height="10" aria-hidden>
            <line x1="1" x2="21" y1="5" y2="5" stroke={color} strokeWidth="2.5" strokeDasharray={dashesOf(dash)} />
          </svg>
          {name}
          {count === undefined ? null : <span className={classes.count}>{formatInteger(count)}</span>}
        </UnstyledButton>
      ))}
      {hidden.size > 0 ? (
        <UnstyledButton className={classes.entry} onClick={() => onChange(new Set())}>
          Show all
        </UnstyledButton>
      ) : null}
    </fieldset>
  );
}
