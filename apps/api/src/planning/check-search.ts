import {
  type CreateSweep,
  contenderKey,
  contenderName,
  type FieldError,
  searches,
  searchOf,
  type TrainingOptions,
} from '@rankforge/contracts';
import { positionOn } from '../strategies/points.js';
import { schedulerEntries } from '../strategies/registry.js';
import type { SearchAxis } from '../strategies/strategy.js';
import { type MethodAxes, searchMethod } from './expand.js';

/** Checks what a search and a scheduler need of the rest of the request; `errors` say what is missing. */
export function checkSearch(
  { search, scheduler, seed, methods: entries }: CreateSweep,
  training: TrainingOptions,
  methods: readonly MethodAxes[],
  errors: FieldError[],
): void {
  for (const { index, axes } of searchOf(search.kind).samples ? [] : methods) {
    for (const { name } of axes.filter(({ range }) => range)) {
      const path = Object.hasOwn(entries[index]!, name) ? `/methods/${index}/${name}` : `/${name}`;
      const message = `a ${search.kind} search takes lists: give values, or search by ${sampling}`;
      if (!errors.some((error) => error.path === path)) errors.push({ path, message });
    }
  }
  const wrong = scheduler && schedulerEntries[scheduler.kind].check(scheduler, training);
  if (wrong) errors.push(wrong);
  const tried = scheduler && 'rungSeeds' in scheduler ? scheduler.rungSeeds : undefined;
  if (tried !== undefined && tried > seed.length) {
    const message = `${tried} seeds are to try a configuration, and the sweep has ${seed.length}: list more seeds, or lower it`;
    errors.push({ path: '/scheduler/rungSeeds', message });
  }
}

/** Entries that come to the same configurations, where a search draws for each by itself; empty for one that lists them. */
export function overlaps(search: CreateSweep['search'], methods: readonly MethodAxes[]): FieldError[] {
  if (!searchOf(search.kind).samples) return [];
  return methods.flatMap((of, position) => {
    const earlier = methods.slice(0, position).find((other) => other.index !== of.index && overlap(other, of));
    if (!earlier) return [];
    const name = contenderName(searchMethod(of));
    const message = `${name} is /methods/${earlier.index} already, and the axes of the two have values in common, so that a ${search.kind} search may train a configuration twice: make them one entry, or give one axis values that the other entry has none of`;
    return [{ path: `/methods/${of.index}`, message }];
  });
}

/** Whether two entries are one contender with the same axes, on each of which they share a value. */
function overlap(a: MethodAxes, b: MethodAxes): boolean {
  const isOneContender =
    contenderKey(searchMethod(a)) === contenderKey(searchMethod(b)) &&
    a.entry.from === b.entry.from &&
    a.entry.teacher === b.entry.teacher &&
    a.axes.length === b.axes.length;
  return (
    isOneContender && a.axes.every((axis) => b.axes.some((other) => other.name === axis.name && meet(axis, other)))
  );
}

/** Whether an axis has a value of the other one. */
function meet(a: SearchAxis, b: SearchAxis): boolean {
  if (a.range && b.range) return a.range.min <= b.range.max && b.range.min <= a.range.max;
  if (a.range) return meet(b, a);
  return a.values.some((value) => (b.range ? isWithin(b.range, value) : positionOn(b, value) >= 0));
}

const isWithin = ({ min, max, whole }: NonNullable<SearchAxis['range']>, value: unknown): boolean =>
  typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value));

const sampling = searches
  .filter(({ samples }) => samples)
  .map(({ name }) => name)
  .join(' or ');
