import type { SweepActionResult, SweepView } from '@rankforge/contracts';
import type { Command } from 'commander';
import { formatTime } from '../output/format.js';
import { print, say } from '../output/print.js';
import { table } from '../output/table.js';
import { optionsOf } from './options.js';

/** A sweep on each line; the column of tags is there where one has some. */
export function sweepTable(sweeps: readonly SweepView[]): string {
  return table(sweeps, [
    { title: 'id', value: (sweep) => sweep.id },
    { title: 'state', value: stateText },
    { title: 'kind', value: (sweep) => sweep.kind },
    { title: 'task', value: (sweep) => sweep.task },
    { title: 'trials', right: true, value: (sweep) => sweep.total },
    { title: 'ok', right: true, value: (sweep) => sweep.trials.SUCCEEDED },
    { title: 'over budget', right: true, value: (sweep) => sweep.trials.OVER_BUDGET },
    { title: 'failed', right: true, value: (sweep) => sweep.trials.FAILED },
    { title: 'steps', right: true, value: (sweep) => `${sweep.stepsDone}/${sweep.stepsTotal}` },
    { title: 'created', value: (sweep) => formatTime(sweep.createdAt) },
    ...(sweeps.some(({ tags }) => tags.length > 0)
      ? [{ title: 'tags', value: ({ tags }: SweepView) => tags.join(', ') }]
      : []),
    { title: 'name', value: (sweep) => sweep.name },
  ]);
}

function stateText({ state, waitsFor, draining, reason }: SweepView): string {
  if (draining > 0) return `${state} (draining, ${draining} left)`;
  return waitsFor || (state === 'RUNNING' && reason !== null) ? `${state} (waits)` : state;
}

/** Prints the sweep as it is after a change, and says where there was nothing to change. */
export function printResult(command: Command, result: SweepActionResult): void {
  print(optionsOf(command), result, () => sweepTable([result.sweep]));
  if (result.changed === 0) say('nothing to change');
}
