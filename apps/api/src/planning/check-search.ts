import { type CreateSweep, type FieldError, searches, searchOf, type TrainingOptions } from '@rankforge/contracts';
import { schedulerEntries } from '../strategies/registry.js';
import type { MethodAxes } from './expand.js';

/** Checks what a search and a scheduler need of the rest of the request; `errors` say what is missing. */
export function checkSearch(
  { search, scheduler, methods: entries }: CreateSweep,
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
}

const sampling = searches
  .filter(({ samples }) => samples)
  .map(({ name }) => name)
  .join(' or ');
