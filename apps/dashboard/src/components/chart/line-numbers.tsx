import { endsOf } from '@rankforge/contracts';
import { NumberTable } from '../number-table.js';

export interface NumberedLine {
  name: string;
  /** Places on the horizontal axis, ascending. */
  at: readonly number[];
  values: readonly number[];
  format: (value: number) => string;
}

interface LineNumbersProps {
  label: string;
  lines: readonly NumberedLine[];
  /** A place in words. @example placeText(40) // 'Step 40' */
  placeText: (at: number) => string;
}

/** Ends and extremes of the lines of a chart, folded away: for who does not see it, or wants a number of it. */
export function LineNumbers({ label, lines, placeText }: LineNumbersProps) {
  return (
    <details>
      <summary>Numbers</summary>
      <NumberTable
        label={label}
        columns={['Line', 'First', 'Last', 'Lowest', 'Highest']}
        rows={numbersOf(lines, placeText)}
        maxHeight={360}
      />
    </details>
  );
}

/**
 * A row for each line that has a point: its name, and four values with their places, each extreme at the first place that has it.
 *
 * @example numbersOf([{ name: 'lora', at: [1, 2], values: [3, 1], format: String }], String) // [['lora', '3 (1)', '1 (2)', '1 (2)', '3 (1)']]
 */
export function numbersOf(lines: readonly NumberedLine[], placeText: (at: number) => string): string[][] {
  return lines
    .filter(({ values }) => values.length > 0)
    .map(({ name, at, values, format }) => {
      const [lowest, highest] = endsOf(values).map((value) => values.indexOf(value));
      const points = [0, values.length - 1, lowest!, highest!];
      return [name, ...points.map((point) => `${format(values[point]!)} (${placeText(at[point]!)})`)];
    });
}
