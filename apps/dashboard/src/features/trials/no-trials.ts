import type { SweepDetail } from '@rankforge/contracts';
import { formatInteger } from '../../lib/format.js';

/** Why a sweep shows no trial, as far as it says so. */
export function noTrialsText(sweep: Pick<SweepDetail, 'waitsFor' | 'uncreated' | 'state'> | undefined): string {
  if (sweep?.waitsFor)
    return `This sweep waits for ${sweep.waitsFor.sweepName}; its trials are made once that has ended.`;
  if (!sweep || sweep.uncreated === 0) return 'This sweep has no trials.';
  const planned = `${formatInteger(sweep.uncreated)} planned ${sweep.uncreated === 1 ? 'trial' : 'trials'}`;
  return sweep.state === 'CANCELLED'
    ? `This sweep was cancelled before any of its ${planned} was made.`
    : `None of the ${planned} of this sweep has been made yet; they appear here as they are.`;
}
