/** @file Who the clients of a federation are, how many rounds they train, and the scenarios it is tried in. */
import { Accordion, Paper, Select, SimpleGrid, Stack, Switch, Text, Title } from '@mantine/core';
import type { TaskView } from '@rankforge/contracts';
import { AxisInput } from '../../components/axis-input.js';
import { NumberField } from '../../components/number-field.js';
import type { FederationValues } from './federation-values.js';
import type { SweepForm } from './use-sweep-form.js';

interface FederationSectionProps {
  form: SweepForm;
  task: TaskView | undefined;
  attacks: readonly string[];
}

const grid = { cols: { base: 1, sm: 2, xl: 3 }, spacing: 'sm', verticalSpacing: 'sm' } as const;

export function FederationSection({ form, task, attacks }: FederationSectionProps) {
  const { rounds, localSteps } = form.values.federation;
  const error = form.errors.federation;
  return (
    <Paper component="section" aria-label="Federation">
      <Stack gap="sm">
        <Title order={2}>Federation</Title>
        {error ? (
          <Text size="sm" c="red" data-form-error tabIndex={-1}>
            {error}
          </Text>
        ) : null}
        <SimpleGrid {...grid}>
          <NumberField label="Rounds" min={1} {...form.getInputProps('federation.rounds')} />
          <NumberField
            label="Local steps"
            description="Of a client in a round"
            min={1}
            {...form.getInputProps('federation.localSteps')}
          />
        </SimpleGrid>
        {Number(rounds) > 0 && Number(localSteps) > 0 ? (
          <Text size="sm" c="dimmed">
            {Number(rounds) * Number(localSteps)} steps of a client that takes part in every round.
          </Text>
        ) : null}
        <Partition form={form} task={task} />
        <Accordion variant="contained" chevronPosition="left">
          <Accordion.Item value="scenarios">
            <Accordion.Control>Scenarios: participation, lost turns, attack, privacy</Accordion.Control>
            <Accordion.Panel>
              <Scenarios form={form} attacks={attacks} />
            </Accordion.Panel>
          </Accordion.Item>
          <Accordion.Item value="turns">
            <Accordion.Control>Where clients train</Accordion.Control>
            <Accordion.Panel>
              <Turns form={form} />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      </Stack>
    </Paper>
  );
}

function Partition({ form, task }: Pick<FederationSectionProps, 'form' | 'task'>) {
  const { by } = form.values.federation.partition;
  const fields = Object.keys(task?.origins ?? {});
  const ways = [
    ...(fields.length > 0 || by === 'field' ? [{ value: 'field', label: 'By a field of the examples' }] : []),
    { value: 'size', label: 'By size' },
    { value: 'dirichlet', label: 'By mixtures of classes' },
  ];
  return (
    <SimpleGrid {...grid}>
      <Select
        label="Clients"
        data={ways}
        allowDeselect={false}
        {...form.getInputProps('federation.partition.by')}
        onChange={(value) => {
          form.setFieldValue('federation.partition.by', value as FederationValues['partition']['by']);
          if (value === 'field' && fields[0]) form.setFieldValue('federation.partition.field', fields[0]);
        }}
      />
      {by === 'field' ? (
        <Select
          label="Field"
          data={fields}
          allowDeselect={false}
          {...form.getInputProps('federation.partition.field')}
        />
      ) : null}
      {by === 'size' ? <Shares form={form} /> : null}
      {by === 'dirichlet' ? (
        <>
          <NumberField label="Number of clients" min={2} {...form.getInputProps('federation.partition.clients')} />
          <NumberField
            label="Concentration"
            description="Small numbers give each client few classes"
            min={0}
            {...form.getInputProps('federation.partition.beta')}
          />
        </>
      ) : null}
      {by === 'field' ? null : (
        <NumberField
          label="Seed of the partition"
          min={0}
          placeholder="0"
          {...form.getInputProps('federation.partition.seed')}
        />
      )}
    </SimpleGrid>
  );
}

/** Clients of equal size are a number; others are written down. */
function Shares({ form }: Pick<FederationSectionProps, 'form'>) {
  const { shares } = form.values.federation.partition;
  const equal = shares.every((share) => share === shares[0]);
  const [error] = [form.errors['federation.partition.shares']];
  return (
    <NumberField
      label="Number of clients"
      description={equal ? 'Of equal size' : `Of the sizes ${shares.join(':')}`}
      min={2}
      value={shares.length}
      onChange={(value) => {
        // While it is empty, or no number, the clients stay as they are.
        if (value === '' || Number.isNaN(value)) return;
        const count = Math.min(1000, Math.max(1, Math.round(Number(value))));
        form.setFieldValue('federation.partition.shares', Array<string>(count).fill(shares[0] ?? '1'));
      }}
      error={error}
    />
  );
}

/** Clients take turns in one process, or each turn is a trial. */
function Turns({ form }: Pick<FederationSectionProps, 'form'>) {
  const { asTrials, partition } = form.values.federation;
  return (
    <Stack gap="sm">
      <Switch
        label="Each turn of a client is a trial, which any worker may run"
        description="The numbers are those of one process"
        {...form.getInputProps('federation.asTrials', { type: 'checkbox' })}
      />
      {asTrials ? (
        <SimpleGrid {...grid}>
          <NumberField
            label="Seconds of a round"
            description="A client that has sent nothing by then is lost to it"
            placeholder="as long as it takes"
            min={0}
            {...form.getInputProps('federation.roundSeconds')}
          />
          {partition.by === 'field' ? (
            <Switch
              label="Only workers that hold a site's data train it"
              {...form.getInputProps('federation.held', { type: 'checkbox' })}
            />
          ) : null}
        </SimpleGrid>
      ) : null}
    </Stack>
  );
}

function Scenarios({ form, attacks }: Pick<FederationSectionProps, 'form' | 'attacks'>) {
  const { sampling } = form.values.federation;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        Each combination of participation, lost turns, attack and noise has a board of its own.
      </Text>
      <SimpleGrid {...grid}>
        <AxisInput
          label="Participation"
          description="Shares of the clients in a round"
          {...form.getInputProps('federation.participation')}
        />
        <Select
          label="Sampling"
          data={[
            { value: 'fixed', label: 'As many in every round' },
            { value: 'poisson', label: 'Each by itself' },
          ]}
          placeholder="Fixed, or each by itself with privacy"
          clearable
          {...form.getInputProps('federation.sampling')}
          value={sampling || null}
          onChange={(value) => form.setFieldValue('federation.sampling', (value ?? '') as FederationValues['sampling'])}
        />
        <AxisInput
          label="Attacks"
          description="none, or attack:share, e.g. sign-flip:0.2"
          suggestions={['none', ...attacks.map((name) => `${name}:0.2`)]}
          {...form.getInputProps('federation.adversaries')}
        />
        <AxisInput
          label="Lost turns"
          description="Shares of the turns after which nothing is sent"
          {...form.getInputProps('federation.lost')}
        />
        <NumberField
          label="Quorum"
          description="Share of a round's clients that is enough"
          placeholder="1, all of them"
          min={0}
          max={1}
          {...form.getInputProps('federation.quorum')}
        />
        <AxisInput
          label="Noise"
          description="Multiples of the clip; leave empty for no privacy"
          {...form.getInputProps('federation.privacy.noise')}
        />
        <NumberField label="Clip" min={0} {...form.getInputProps('federation.privacy.clip')} />
        <NumberField
          label="δ"
          min={0}
          max={1}
          placeholder="0.00001"
          {...form.getInputProps('federation.privacy.delta')}
        />
      </SimpleGrid>
      <Switch
        label="Secure sums: the server learns the sum of messages alone"
        {...form.getInputProps('federation.secureAggregation', { type: 'checkbox' })}
      />
    </Stack>
  );
}
