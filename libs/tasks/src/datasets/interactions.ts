/** @file Rows of users and items: which of them count, and which side of the split each is on. */
import { type DatasetReport, type DatasetSplit, type SplitName, splitNames } from '@rankforge/contracts';
import { atMost } from '@rankforge/peft';
import { equalGroups, sidesOfGroups } from '../text/split.js';
import { DatasetError } from './dataset-error.js';
import type { Example } from './example.js';
import type { Mapping } from './mapping.js';
import type { Source } from './source.js';

export interface Divided {
  examples: Example[];
  sides: SplitName[];
  report: NonNullable<DatasetReport['interactions']>;
  /** Users of the training split and all items together. */
  entities: number;
}

/**
 * Rows that count, with their splits. Of rows with the same user and item the earliest counts, of equal times the first; rows below the
 * least rating do not, and in validation and test none of a user whom training does not have.
 *
 * @throws DatasetError where rows stand in a split before their time, a hash would mix times, or a split is left empty
 */
export function divideInteractions(
  rows: readonly Example[],
  split: DatasetSplit,
  { columns, leastRating }: Pick<Mapping, 'columns' | 'leastRating'>,
  source: Source,
): Divided {
  const liked = rows.filter(({ fields: { rating } }) => leastRating === undefined || rating! >= leastRating);
  const first = firstOf(liked);
  const all = sidesOf(first, split, columns.time !== undefined, source);
  requireTimes(first, all, source);
  const trained = new Set(first.flatMap(({ fields }, at) => (all[at] === 'train' ? [fields.user!] : [])));
  const kept = first.flatMap((example, at) => (trained.has(example.fields.user!) ? [{ example, side: all[at]! }] : []));
  const examples = kept.map(({ example }) => example);
  const sides = kept.map(({ side }) => side);
  const empty = splitNames.find((name) => !sides.includes(name));
  if (empty !== undefined) {
    const problem = `no row is left in the ${empty} split: of ${rows.length} rows ${first.length} count, and ${examples.length} are of users that the train split has; add rows, or choose other shares`;
    throw new DatasetError(source.name, undefined, '/split', problem);
  }
  const items = new Set(examples.map(({ fields }) => fields.item!));
  const trainedItems = new Set(examples.flatMap(({ fields }, at) => (sides[at] === 'train' ? [fields.item!] : [])));
  return {
    examples,
    sides,
    entities: trained.size + items.size,
    report: {
      users: trained.size,
      items: items.size,
      untrainedItems: items.size - trainedItems.size,
      repeated: liked.length - first.length,
      belowRating: rows.length - liked.length,
      withoutTraining: first.length - examples.length,
    },
  };
}

/** The earliest of each user with each item, in the order of the source. */
function firstOf(rows: readonly Example[]): Example[] {
  const found = new Map<string, Example>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = found.get(key);
    if (known === undefined || (row.fields.time ?? 0) < (known.fields.time ?? 0)) found.set(key, row);
  }
  return [...found.values()];
}

const keyOf = ({ fields: { user, item } }: Example): string => JSON.stringify([user, item]);

function sidesOf(rows: readonly Example[], split: DatasetSplit, hasTimes: boolean, { name }: Source): SplitName[] {
  if (split.by === 'column') return rows.map(({ side }) => side!);
  if (split.by === 'hash') {
    if (hasTimes) {
      const problem =
        'a hash puts what came later into training beside what came before it; split by time, or leave the column of times out';
      throw new DatasetError(name, undefined, '/split', problem);
    }
    const contents = rows.map(keyOf);
    return sidesOfGroups(contents, equalGroups(contents), split);
  }
  if (!hasTimes) {
    throw new DatasetError(name, undefined, '/split', 'to split by time, name the column of times in the mapping');
  }
  const times = rows.map(({ fields }) => fields.time!).sort((a, b) => a - b);
  // Rows of one time are on one side: the later one.
  const from = (share: number) => times[Math.min(times.length - 1, atMost(1 - share, times.length))]!;
  const [validation, test] = [from(split.validation + split.test), from(split.test)];
  return rows.map(({ fields: { time } }) => (time! >= test ? 'test' : time! >= validation ? 'validation' : 'train'));
}

/** @throws DatasetError naming a row that happened before the last one of an earlier split */
function requireTimes(rows: readonly Example[], sides: readonly SplitName[], { name }: Source): void {
  const latest = (side: SplitName) =>
    rows.reduce<Example | undefined>((last, row, at) => {
      if (sides[at] !== side) return last;
      return last === undefined || row.fields.time! > last.fields.time! ? row : last;
    }, undefined);
  for (const [at, side] of splitNames.entries()) {
    for (const before of splitNames.slice(0, at)) {
      const last = latest(before);
      if (last?.fields.time === undefined) continue;
      const early = rows.find(({ fields: { time } }, row) => sides[row] === side && time! < last.fields.time!);
      if (early === undefined) continue;
      const problem = `is in the ${side} split and happened before ${last.where}, which is in ${before}: it would be foretold from its future; split by time`;
      throw new DatasetError(name, early.where, '/split', problem);
    }
  }
}
