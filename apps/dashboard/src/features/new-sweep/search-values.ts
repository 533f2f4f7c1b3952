/** @file How the form holds what is tried, how far, and how it is compared, and the parts of a request these stand for. */
import type { CreateSweep, CreateSweepInput, Protocol, Scheduler, Search } from '@rankforge/contracts';

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

export interface ProtocolValues {
  kind: Protocol['kind'] | 'none';
  tuningTrials: number | '';
  extensions: number | '';
  finalSeeds: number | '';
  seed: number | '';
}

const noProtocol: ProtocolValues = { kind: 'none', tuningTrials: '', extensions: '', finalSeeds: '', seed: '' };

/** The values that stand for the search of an earlier sweep. */
export function fromSearch({ search, scheduler, protocol }: Pick<CreateSweep, 'search' | 'scheduler' | 'protocol'>): {
  search: SearchValues;
  scheduler: SchedulerValues;
  protocol: ProtocolValues;
} {
  return {
    search: { trials: 20, seed: 0, parallel: '', ...search },
    scheduler: { ...noScheduler, ...scheduler },
    protocol: { ...noProtocol, ...protocol },
  };
}

/** What decides which trials there are: a protocol alone, or a search and a scheduler. */
export function toComparison({
  search,
  scheduler,
  protocol,
}: {
  search: SearchValues;
  scheduler: SchedulerValues;
  protocol: ProtocolValues;
}): Pick<CreateSweepInput, 'search' | 'scheduler' | 'protocol'> {
  const { kind, ...values } = protocol;
  if (kind === 'none') return { search: toSearch(search), ...toScheduler(scheduler) };
  return { protocol: { kind, ...given(values, ['tuningTrials', 'extensions', 'finalSeeds', 'seed']) } };
}

function toSearch({ kind, trials, seed, parallel }: SearchValues): NonNullable<CreateSweepInput['search']> {
  if (kind === 'grid') return { kind };
  const drawn = { trials: Number(trials), ...(seed === '' ? {} : { seed }) };
  return kind === 'tpe' ? { kind, ...drawn, ...(parallel === '' ? {} : { parallel }) } : { kind, ...drawn };
}

const medianFields = ['startupTrials', 'warmupSteps', 'minTrials'] as const;
const ladderFields = ['minSteps', 'reduction', 'parallel'] as const;

function toScheduler({ kind, ...values }: SchedulerValues): Pick<CreateSweepInput, 'scheduler'> {
  if (kind === 'none') return {};
  const fields = kind === 'median' ? medianFields : ladderFields;
  return { scheduler: { kind, ...given(values, fields) } as NonNullable<CreateSweepInput['scheduler']> };
}

/** The named fields that are not empty. */
function given<Name extends string>(
  values: Readonly<Record<Name, number | ''>>,
  names: readonly Name[],
): Partial<Record<Name, number>> {
  return Object.fromEntries(names.flatMap((name) => (values[name] === '' ? [] : [[name, values[name]]]))) as Partial<
    Record<Name, number>
  >;
}
