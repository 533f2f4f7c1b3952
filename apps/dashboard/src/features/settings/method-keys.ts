import { type SweepSettings, settingsMethodName } from '@rankforge/contracts';
import type { LegendEntry } from '../../components/chart/series-legend.js';
import { type Scheme, seriesStyle } from '../../lib/palette.js';

/** Names and lines of the methods that charts of settings show; none where there is one alone. */
export function methodKeys(
  { methods }: Pick<SweepSettings, 'methods'>,
  hidden: ReadonlySet<number>,
  scheme: Scheme,
): LegendEntry[] {
  if (methods.length < 2) return [];
  return methods.flatMap((method, index) =>
    hidden.has(index) ? [] : [{ name: settingsMethodName(method), ...seriesStyle(index, scheme) }],
  );
}
