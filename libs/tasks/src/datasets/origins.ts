/** @file Splits whose units say where they are from. */
import type { Batch, Split } from '@rankforge/peft';
import type { StoredExample } from './stored.js';

interface Making {
  make(examples: readonly StoredExample[]): Split;
  /** Units are cut from the texts of several examples: those of one place are cut together, so that each unit is from one. */
  cut: boolean;
}

/** The split of examples, with the values of these columns of each unit. */
export function withOrigins(
  examples: readonly StoredExample[],
  columns: readonly string[],
  { make, cut }: Making,
): Split {
  if (!cut) return { ...make(examples), fields: valuesOf(examples, columns) };
  const places = new Map<string, StoredExample[]>();
  for (const example of examples) {
    const place = JSON.stringify(columns.map((column) => example.origins![column]));
    const own = places.get(place);
    if (own) own.push(example);
    else places.set(place, [example]);
  }
  const parts = [...places.values()].map((own) => ({ own, split: make(own) }));
  const units = parts.flatMap(({ own, split }) => Array.from({ length: split.size }, () => own[0]!));
  return { ...joined(parts.map(({ split }) => split)), fields: valuesOf(units, columns) };
}

const valuesOf = (units: readonly StoredExample[], columns: readonly string[]) =>
  Object.fromEntries(columns.map((column) => [column, units.map(({ origins }) => origins![column]!)]));

/** Splits one after another, of units that are all of one length. */
function joined(splits: readonly Split[]): Split {
  const units = splits.flatMap((split) => Array.from({ length: split.size }, (_, index) => ({ split, index })));
  return {
    size: units.length,
    batch(indices): Batch {
      const each = indices.map((at) => {
        const unit = units[at];
        if (!unit) throw new RangeError(`there is no unit ${at}; there are ${units.length}`);
        return unit.split.batch([unit.index]);
      });
      const [first] = each;
      const all = (of: 'inputs' | 'targets' | 'lengths') => Int32Array.from(each.flatMap((one) => [...one[of]]));
      return {
        ...first!,
        size: indices.length,
        inputs: all('inputs'),
        targets: all('targets'),
        lengths: all('lengths'),
      };
    },
  };
}
