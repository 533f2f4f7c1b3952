/** @file How the form holds what is tried, how far, and how it is compared, and the parts of a request these stand for. */
import {
  type Choice,
  type CreateSweep,
  type CreateSweepInput,
  type Protocol,
  type Scheduler,
  type Search,
  schedulers,
  searches,
} from '@rankforge/contracts';

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
  validationExamples: number | '';
  rungSeeds: number | '';
  error: number | '';
  parallel: number | '';
  startupTrials: number | '';
  warmupSteps: number | '';
  minTrials: number | '';
}

const noScheduler: SchedulerValues = {
  kind: 'none',
  minSteps: '',
  reduction: '',
  validationExamples: '',
  rungSeeds: '',
  error: '',
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

function toSearch({ kind, ...values }: SearchValues): NonNullable<CreateSweepInput['search']> {
  return { kind, ...given(values, fieldsOf(searches, kind)) } as NonNullable<CreateSweepInput['search']>;
}

function toScheduler({ kind, ...values }: SchedulerValues): Pick<CreateSweepInput, 'scheduler'> {
  if (kind === 'none') return {};
  return { scheduler: { kind, ...given(values, fieldsOf(schedulers, kind)) } as Scheduler };
}

const fieldsOf = (choices: readonly Choice[], kind: string) =>
  Object.keys(choices.find(({ name }) => name === kind)!.fields);

/** The named fields that are not empty. */
function given(values: Readonly<Record<string, number | ''>>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.flatMap((name) => (values[name] === '' ? [] : [[name, Number(values[name])]])));
}
