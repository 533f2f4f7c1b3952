import { NumberInput, Select } from '@mantine/core';
import { mostTuningTrials } from '@rankforge/contracts';
import type { SweepForm } from './use-sweep-form.js';

const comparisons = [
  { value: 'none', label: 'All that the search tries' },
  { value: 'fair', label: 'Fair: each method tuned alike' },
];

interface Field {
  /** Path in the form. */
  name: string;
  label: string;
  description: string;
  min: number;
  placeholder?: string;
}

const searches = [
  { value: 'grid', label: 'Grid' },
  { value: 'random', label: 'Random points of the grid' },
  { value: 'sobol', label: 'Sobol: spread evenly' },
  { value: 'tpe', label: 'TPE: learns from results' },
];

const schedulers = [
  { value: 'none', label: 'None: all to the last step' },
  { value: 'asha', label: 'ASHA: the best go on' },
  { value: 'hyperband', label: 'Hyperband: ASHA from several starts' },
  { value: 'median', label: 'Median: the worse half stops' },
];

const seed: Field = {
  name: 'search.seed',
  label: 'Seed of the search',
  description: 'The same seed searches the same way',
  min: 0,
};
const ofEach: Field = {
  name: 'search.trials',
  label: 'Configurations of each method',
  description: 'Rank and learning rate may be ranges: 1e-5..1e-2',
  min: 1,
};

const ofSearch: Readonly<Record<string, readonly Field[]>> = {
  random: [{ name: 'search.trials', label: 'Points to draw', description: 'Without replacement', min: 1 }, seed],
  sobol: [ofEach, seed],
  tpe: [
    ofEach,
    seed,
    {
      name: 'search.parallel',
      label: 'Search at once',
      description: 'Configurations of a method; more learn less from each other',
      min: 1,
      placeholder: 'Default 4',
    },
  ],
};

const ladder: readonly Field[] = [
  { name: 'scheduler.minSteps', label: 'First rung', description: 'Steps at which the lowest rung ends', min: 1 },
  {
    name: 'scheduler.reduction',
    label: 'One goes on of',
    description: 'Configurations of a rung',
    min: 2,
    placeholder: 'Default 3',
  },
  {
    name: 'scheduler.parallel',
    label: 'Train at once',
    description: 'Configurations of a method, the best going on first',
    min: 1,
    placeholder: 'Default 8',
  },
];

const ofScheduler: Readonly<Record<string, readonly Field[]>> = {
  asha: ladder,
  hyperband: ladder,
  median: [
    {
      name: 'scheduler.startupTrials',
      label: 'Stop none before',
      description: 'Trainings of the method that ended',
      min: 1,
      placeholder: 'Default 5',
    },
    {
      name: 'scheduler.warmupSteps',
      label: 'Steps before any stop',
      description: 'Of the training itself',
      min: 0,
      placeholder: 'Default 0',
    },
    {
      name: 'scheduler.minTrials',
      label: 'Compare with at least',
      description: 'Trainings evaluated at the same step',
      min: 1,
      placeholder: 'Default 3',
    },
  ],
};

const ofProtocol: Readonly<Record<string, readonly Field[]>> = {
  fair: [
    {
      name: 'protocol.tuningTrials',
      label: 'Configurations of each method',
      description: 'Every value of its axes equally often',
      min: 1,
      placeholder: `Default ${mostTuningTrials}, or as many as all have`,
    },
    {
      name: 'protocol.extensions',
      label: 'Beyond an edge',
      description: 'So many learning rates more where the best has the smallest or largest',
      min: 0,
      placeholder: 'Default 0',
    },
    {
      name: 'protocol.finalSeeds',
      label: 'Fresh seeds',
      description: 'That what was chosen is scored with, once',
      min: 1,
      placeholder: 'Default 5',
    },
    {
      name: 'protocol.seed',
      label: 'Seed of the draws',
      description: 'The same seed draws the same way',
      min: 0,
      placeholder: 'Default 0',
    },
  ],
};

/** What is compared, what is tried next, and how far each is trained. A protocol says the last two itself. */
export function SearchFields({ form }: { form: SweepForm }) {
  const { search, scheduler, protocol } = form.values;
  return (
    <>
      <Select
        label="Comparison"
        description="What competes on the board"
        data={comparisons}
        allowDeselect={false}
        {...form.getInputProps('protocol.kind')}
      />
      <Fields form={form} fields={ofProtocol[protocol.kind] ?? []} />
      {protocol.kind === 'none' ? <Searched form={form} search={search.kind} scheduler={scheduler.kind} /> : null}
    </>
  );
}

function Searched({ form, search, scheduler }: { form: SweepForm; search: string; scheduler: string }) {
  return (
    <>
      <Select
        label="Search"
        description="Which configurations are tried"
        data={searches}
        allowDeselect={false}
        {...form.getInputProps('search.kind')}
      />
      <Fields form={form} fields={ofSearch[search] ?? []} />
      <Select
        label="Scheduler"
        description="How far each is trained"
        data={schedulers}
        allowDeselect={false}
        {...form.getInputProps('scheduler.kind')}
      />
      <Fields form={form} fields={ofScheduler[scheduler] ?? []} />
    </>
  );
}

function Fields({ form, fields }: { form: SweepForm; fields: readonly Field[] }) {
  return fields.map(({ name, ...field }) => (
    <NumberInput key={name} allowDecimal={false} {...field} {...form.getInputProps(name)} />
  ));
}
