import {
  columnsOf,
  formatted,
  type Known,
  measured,
  measures,
  onRow,
  type TrialDetail,
  trialKindOf,
} from '@rankforge/contracts';
import { Figure } from '../../components/page.js';
import { formats } from '../../lib/measure-formats.js';

/** Measures of one trial, each as the board shows it. */
export function MeasureFigures({ trial }: { trial: TrialDetail }) {
  const row = measured([knownOf(trial)]);
  const shown = measures.flatMap((measure) => {
    const value = onRow(row, measure);
    if (value === null) return [];
    return columnsOf(measure).map(({ id, title = measure.title, hint = measure.hint, cell }) => {
      const made = cell?.(value, formats) ?? { text: formatted(value as number, measure.unit, formats) };
      return { id, title, hint: made.title ?? hint, text: [made.text, made.below].filter(Boolean).join(', ') };
    });
  });
  return shown.map(({ id, title, hint, text }) => (
    <Figure key={id} label={title} {...(hint ? { hint } : {})}>
      {text}
    </Figure>
  ));
}

/** A trial by itself knows what it reported; what the two kinds say of each other is on the board. */
function knownOf({ kind, result, measuredBytes }: TrialDetail): Known {
  const { trains } = trialKindOf(kind);
  return {
    training: trains ? result : null,
    measuredBytes,
    scoring: trains ? undefined : (result ?? undefined),
    work: undefined,
    hasTokens: true,
    metric: '',
  };
}
