/** @file How the form holds a search and a scheduler, and the parts of a request they stand for. */
import type { CreateSweep, CreateSweepInput, Scheduler, Search } from '@rankforge/contracts';

/** Every field of every kind, so that a change of kind loses none. '' stands for the default. */
export interface SearchValues {
  kind: Search['kind'];
  trials: number | '';
  seed: number | '';
  parallel: number | '';
}

export interface SchedulerValues {
  kind: Scheduler['kind'] | 'none';
  minSteps: number | '';
  reduction: number | '';
  parallel: number | '';
  startupTrials: number | '';
  warmupSteps: number | '';
  minTrials: number | '';
}

const noScheduler: SchedulerValues = {
  kind: 'none',
  minSteps: '',
  reduction: '',
  parallel: '',
  startupTrials: '',
  warmupSteps: '',
  minTrials: '',
};

/** The values that stand for the search of an earlier sweep. */
export function fromSearch({ search, scheduler }: Pick<CreateSweep, 'search' | 'scheduler'>): {
  search: SearchValues;
  scheduler: SchedulerValues;
} {
  return {
    search: { trials: 20, seed: 0, parallel: '', ...search },
    scheduler: { ...noScheduler, ...scheduler },
  };
}

export function toSearch({ kind, trials, seed, parallel }: SearchValues): NonNullable<CreateSweepInput['search']> {
  if (kind === 'grid') return { kind };
  const drawn = { trials: Number(trials), ...(seed === '' ? {} : { seed }) };
  return kind === 'tpe' ? { kind, ...drawn, ...(parallel === '' ? {} : { parallel }) } : { kind, ...drawn };
}

const medianFields = ['startupTrials', 'warmupSteps', 'minTrials'] as const;
const ladderFields = ['minSteps', 'reduction', 'parallel'] as const;

export function toScheduler({ kind, ...values }: SchedulerValues): Pick<CreateSweepInput, 'scheduler'> {
  if (kind === 'none') return {};
  const fields = kind === 'median' ? medianFields : ladderFields;
  const given = fields.flatMap((field) => (values[field] === '' ? [] : [[field, values[field]]]));
  return { scheduler: { kind, ...Object.fromEntries(given) } as NonNullable<CreateSweepInput['scheduler']> };
}
