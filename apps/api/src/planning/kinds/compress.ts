import type { CreateSweep } from '@rankforge/contracts';
import { withFirstOf } from '../expand.js';
import type { KindPlanning } from './kind.js';

/** Methods make the base smaller, each with every number of recovery steps. */
export const compress: KindPlanning = {
  check(request, add) {
    const { kind, recoverySteps, training, scheduler, protocol } = request;
    if (recoverySteps && training.steps !== undefined) {
      add('/training/steps', `recoverySteps says it for a ${kind} sweep: leave it out`);
    }
    if (!scheduler && !protocol) return;
    const steps = recoveries(request);
    if (steps.length > 1 || steps[0] === 0) {
      const what = scheduler ? `a scheduler (${scheduler.kind})` : `a ${protocol!.kind} protocol`;
      const message = `${what} compares trainings of one length: give one number above 0, got ${steps.join(', ')}`;
      add('/recoverySteps', message);
    }
  },
  training: (request) => ({ steps: Math.max(...recoveries(request)) }),
  /** A rate says nothing where there are no steps. */
  expand: (methods, request) =>
    methods.flatMap((of) =>
      recoveries(request).map((count) => {
        return { ...(count > 0 ? of : withFirstOf(of, 'learningRate')), steps: count };
      }),
    ),
};

/** Optimizer steps after a compression: an axis. */
const recoveries = ({ recoverySteps, training }: CreateSweep): readonly number[] =>
  recoverySteps ?? [training.steps ?? 0];
