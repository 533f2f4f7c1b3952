/** @file Runs as they are added beside the API: scores by example of half a million take longer to check than to store. */
import { AddRuns, RunsAdded } from '@rankforge/contracts';
import { computation } from '../platform/computation.js';
import { bodyOf } from '../platform/http/validation.pipe.js';
import { type Adder, RunsService } from './runs.service.js';

export const addRunsComputation = computation({
  name: 'add-runs',
  lane: 'short',
  words: { thing: 'runs of the request', done: 'added' },
  advice: 'send fewer runs at once',
  by: RunsService,
  schema: RunsAdded,
  run: (runs, { body, by }: { body: unknown; by: Adder }) => runs.add(bodyOf(AddRuns, body), by),
  facts: ({ id, name }) => ({ id, name }),
});
