import { columnsOf, formatted, knownOfTrial, measured, measures, onRow, type TrialDetail } from '@rankforge/contracts';
import { Figure } from '../../components/page.js';
import { formats } from '../../lib/measure-formats.js';

/** Measures of one trial, each as the board shows it. */
export function MeasureFigures({ trial }: { trial: TrialDetail }) {
  const row = measured([knownOfTrial(trial)]);
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
