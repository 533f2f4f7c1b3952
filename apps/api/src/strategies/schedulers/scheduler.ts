import type { FieldError, Scheduler, TrainingOptions } from '@rankforge/contracts';
import type { SearchEntry } from '../searches/search.js';
import type { Strategy } from '../strategy.js';

/** Behaviour of a scheduler, by the `kind` of a request's `scheduler`. */
export interface SchedulerEntry {
  /** A search of which it stops trainings, or lets some go on. */
  over(search: SearchEntry): Strategy;
  /** Says what is wrong with it beside these options; undefined where nothing is. */
  check(scheduler: Scheduler, training: TrainingOptions): FieldError | undefined;
}
