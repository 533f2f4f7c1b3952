/** @file Median stopping over whatever asks for trainings: one that is worse than the median of its method ends. */
import { type MedianStopping, medianStopping } from '@rankforge/search';
import { whole } from '../search/schedules.js';
import { searched } from '../search/searched.js';
import type { SearchSpace, Step, Strategy, Training } from '../strategy.js';
import type { SchedulerEntry } from './scheduler.js';

export const median: SchedulerEntry = {
  over: ({ proposer, points }) => withStopping(searched(proposer, whole, points)) as Strategy,
  check(_, { evalEvery, steps }) {
    if (evalEvery !== undefined && evalEvery < steps) return undefined;
    const message = `median stopping compares evaluations on the way: set it to less than the ${steps} steps`;
    return { path: '/training/evalEvery', message };
  },
};

/** Adds to the steps of a strategy the running trainings to stop. */
function withStopping<State>(inner: Strategy<State>): Strategy<State> {
  return {
    ...inner,
    reads: 'curves',
    step: (given) => {
      const step = inner.step(given);
      return {
        ...step,
        stop: [...step.stop, ...stopsOf(given.space, given.trainings)],
        done: step.done && allEnded(given.trainings),
      };
    },
  };
}

const running = ({ state }: Training) => state === 'RUNNING' || state === 'QUEUED';

/** While something runs there may be something to stop. */
const allEnded = (trainings: readonly Training[]) =>
  !trainings.some((training) => running(training) || training.state === 'PENDING');

function stopsOf(space: SearchSpace, trainings: readonly Training[]): Step<unknown>['stop'] {
  const options = optionsOf(space);
  return trainings
    .filter(({ state, curve }) => state === 'RUNNING' && curve.length > 0)
    .flatMap((training) => {
      const { method } = training.proposal.point;
      const completed = trainings
        .filter(({ state, proposal }) => state === 'SUCCEEDED' && proposal.point.method === method)
        .map(({ curve }) => curve);
      const { stop, compared } = medianStopping(training.curve, completed, options, space.direction);
      if (!stop) return [];
      const step = training.curve.at(-1)!.step;
      const reason = compared
        ? `at step ${step} its best validation value ${shown(compared.best)} is worse than ${shown(compared.median)}, the median of ${compared.trials} trainings of its method there`
        : `at step ${step} it has no validation value that is a number`;
      return [{ ordinal: training.ordinal, reason }];
    });
}

const shown = (value: number) => Number(value.toPrecision(6)).toString();

function optionsOf({ scheduler }: SearchSpace): MedianStopping {
  if (scheduler?.kind !== 'median') throw new TypeError(`median stopping, got ${scheduler?.kind}`);
  return { ...scheduler, intervalSteps: 1 };
}
