import {
  compareValues,
  meansByValue,
  type SettingValue,
  type SweepSettings,
  settingsMethodName,
  type ValueMean,
} from '@rankforge/contracts';
import { NumberTable } from '../../components/number-table.js';
import { formatTick } from '../../lib/format.js';

interface MeansByValueProps {
  settings: SweepSettings;
  labels: Record<string, string>;
  hidden: ReadonlySet<number>;
}

const meanText = (found: ValueMean | undefined): string => (found === undefined ? '–' : formatTick(found.mean));

/** A setting of more values has each of them once or twice, which a mean says nothing by. */
const valuesAtMost = 12;

/** For each setting, the mean score of each method at each value of it. */
export function MeansByValue({
  settings: { settings, methods, configurations, metric },
  labels,
  hidden,
}: MeansByValueProps) {
  return settings.flatMap(({ name }) => {
    const means = meansByValue(configurations, name).filter(({ method }) => !hidden.has(method));
    const values = [...new Set(means.map(({ value }) => value))].sort(compareValues);
    if (values.length < 2 || values.length > valuesAtMost) return [];
    const label = labels[name]!;
    const cell = (method: number, value: SettingValue) =>
      means.find((each) => each.method === method && each.value === value);
    return (
      <NumberTable
        key={name}
        label={`Means of ${metric} by ${label}`}
        columns={['Method', ...values.map((value) => `${label} ${value}`)]}
        rows={methods.flatMap((method, index) =>
          values.some((value) => cell(index, value))
            ? [[settingsMethodName(method), ...values.map((value) => meanText(cell(index, value)))]]
            : [],
        )}
      />
    );
  });
}
