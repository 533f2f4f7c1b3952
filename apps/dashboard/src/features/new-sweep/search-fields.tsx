import { Select } from '@mantine/core';
import { type ChoiceField, mostTuningTrials, schedulers, searches } from '@rankforge/contracts';
import { z } from 'zod';
import { NumberField } from '../../components/number-field.js';
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

/** Fields of each choice by its name, with the bounds and the default that its schema has. */
function fieldsOf(
  group: string,
  choices: readonly { name: string; fields: Record<string, ChoiceField>; schema: z.ZodObject }[],
): Readonly<Record<string, readonly Field[]>> {
  return Object.fromEntries(
    choices.map(({ name, fields, schema }) => {
      const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
      const made = Object.entries(fields).map(([field, said]): Field => {
        const { minimum = 0, default: usual } = properties[field] as { minimum?: number; default?: number };
        return {
          name: `${group}.${field}`,
          ...said,
          min: minimum,
          ...(usual === undefined ? {} : { placeholder: `Default ${usual}` }),
        };
      });
      return [name, made];
    }),
  );
}

const optionsOf = (choices: readonly { name: string; label: string }[]) =>
  choices.map(({ name, label }) => ({ value: name, label }));

const ofSearch = fieldsOf('search', searches);
const ofScheduler = fieldsOf('scheduler', schedulers);
const schedulerOptions = [{ value: 'none', label: 'None: all to the last step' }, ...optionsOf(schedulers)];

const ofProtocol: Readonly<Record<string, readonly Field[]>> = {
  fair: [
    {
      name: 'protocol.tuningTrials',
      label: 'Configurations of each method',
      description: 'They try every value of its axes equally often',
      min: 1,
      placeholder: `Default ${mostTuningTrials}, or as many as all have`,
    },
    {
      name: 'protocol.extensions',
      label: 'Beyond an edge',
      description: 'Further learning rates to try when the best one is the smallest or largest',
      min: 0,
      placeholder: 'Default 0',
    },
    {
      name: 'protocol.finalSeeds',
      label: 'Fresh seeds',
      description: 'New seeds that score each chosen configuration once',
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
        data={optionsOf(searches)}
        allowDeselect={false}
        {...form.getInputProps('search.kind')}
      />
      <Fields form={form} fields={ofSearch[search] ?? []} />
      <Select
        label="Scheduler"
        description="How far each is trained"
        data={schedulerOptions}
        allowDeselect={false}
        {...form.getInputProps('scheduler.kind')}
      />
      <Fields form={form} fields={ofScheduler[scheduler] ?? []} />
    </>
  );
}

function Fields({ form, fields }: { form: SweepForm; fields: readonly Field[] }) {
  return fields.map(({ name, ...field }) => <NumberField key={name} {...field} {...form.getInputProps(name)} />);
}
