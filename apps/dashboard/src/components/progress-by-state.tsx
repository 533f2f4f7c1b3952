import type { TrialCounts, TrialState } from '@rankforge/contracts';
import { formatInteger } from '../lib/format.js';
import { stateColors, trialStateLabels } from '../lib/palette.js';
import classes from './progress-by-state.module.css';

/** Finished first, so that the bar fills from the left. */
const order: readonly TrialState[] = [
  'SUCCEEDED',
  'OVER_BUDGET',
  'PRUNED',
  'FAILED',
  'CANCELLED',
  'RUNNING',
  'QUEUED',
  'PENDING',
];

interface ProgressByStateProps {
  trials: TrialCounts;
  /** Trials with those that are still to be made, for which the bar leaves room. */
  total: number;
  legend?: boolean;
}

export function ProgressByState({ trials, total, legend = false }: ProgressByStateProps) {
  const present = order.filter((state) => trials[state] > 0);
  const summary = present.map((state) => `${formatInteger(trials[state])} ${trialStateLabels[state].toLowerCase()}`);
  return (
    <div>
      <div
        className={classes.bar}
        data-tall={legend || undefined}
        role="img"
        aria-label={`Trials: ${summary.join(', ') || 'none'}`}
      >
        {present.map((state) => (
          <div
            key={state}
            className={classes.segment}
            data-live={state === 'RUNNING' || undefined}
            style={{ flexGrow: trials[state] / total, backgroundColor: stateColors[state] }}
          />
        ))}
      </div>
      {legend ? (
        <ul className={classes.legend}>
          {present.map((state) => (
            <li key={state}>
              <span className={classes.swatch} style={{ background: stateColors[state] }} aria-hidden />
              {trialStateLabels[state]} <b className="rf-numbers">{formatInteger(trials[state])}</b>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
