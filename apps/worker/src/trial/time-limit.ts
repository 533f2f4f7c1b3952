/** @file The time that a trial may take: what is said before it is over, and after. */
import { trialKindOf } from '@rankforge/contracts';
import type { ClaimedTrial } from '@rankforge/db';

type Limited = Pick<ClaimedTrial, 'kind' | 'spec' | 'timeoutSeconds'>;

/** Steps that a trial makes. */
const stepsOf = ({ spec }: Limited): number => spec.until ?? spec.training.steps;

/**
 * Why a trial that took too long has failed, and what goes on with it.
 * @param keptStep step of its newest checkpoint; undefined: it has none
 */
export function tookTooLong(trial: Limited, keptStep: number | undefined): string {
  const { timeoutSeconds } = trial;
  const again =
    keptStep !== undefined && trialKindOf(trial.kind).trains
      ? `step ${keptStep} of ${stepsOf(trial)} is kept, and \`rankforge sweep retry\` goes on from there`
      : '`rankforge sweep retry` begins it anew';
  return `not done within ${timeoutSeconds} s, the limit of this trial: ${again} with as much time; trialTimeoutSeconds of a sweep sets the limit`;
}

/** Time and steps that a pace is measured over, at least. */
const [leastSeconds, leastSteps] = [10, 5];

/**
 * Watches whether a trial comes to its last step in time, and says once that it will not.
 *
 * @param limitSeconds what is left to it from now on, as `timeoutSeconds` of it alone or of its pack
 * @returns to be called with each step that is reported, and the seconds since now; undefined where nothing is to be said
 */
export function paceWatch(trial: Limited, limitSeconds: number): (step: number, seconds: number) => string | undefined {
  const steps = stepsOf(trial);
  let first: { step: number; seconds: number } | undefined;
  let said = false;
  return (step, seconds) => {
    first ??= { step, seconds };
    const [made, passed] = [step - first.step, seconds - first.seconds];
    if (said || made < leastSteps || passed < leastSeconds) return undefined;
    const pace = passed / made;
    const whole = seconds + pace * (steps - step);
    if (whole <= limitSeconds) return undefined;
    said = true;
    const last = Math.floor(step + (limitSeconds - seconds) / pace);
    return `at ${pace.toPrecision(2)} s a step it would take ${Math.ceil(whole)} s, and its limit is ${limitSeconds} s: it ends at about step ${last} of ${steps}, from where \`rankforge sweep retry\` goes on; trialTimeoutSeconds of a sweep sets the limit`;
  };
}
