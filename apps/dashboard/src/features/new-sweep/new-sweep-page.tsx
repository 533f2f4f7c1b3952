import {
  Button,
  Grid,
  Input,
  Paper,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import type { BaseView, MethodList, TaskView } from '@rankforge/contracts';
import { CreateSweep, engineNames, type SweepKind } from '@rankforge/contracts';
import { IconRocket } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Failure } from '../../components/feedback.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { basesQuery, methodsQuery, tasksQuery } from '../../lib/api/catalog.js';
import { ProblemError } from '../../lib/api/client.js';
import { createSweep, previewSweep, sweepKeys, sweepQuery } from '../../lib/api/sweeps.js';
import { formatInteger } from '../../lib/format.js';
import { randomId } from '../../lib/random-id.js';
import { AxisInput } from './axis-input.js';
import { emptySweep, firstPair, fromSpec, newMethod, type SweepValues } from './form-values.js';
import { MethodCard } from './method-card.js';
import { PreviewPanel } from './preview-panel.js';
import { TrainingSection } from './training-section.js';
import { errorsByField, type SweepForm, useSweepForm } from './use-sweep-form.js';

const route = getRouteApi('/signed-in/sweeps/new');

interface Catalog {
  methods: MethodList;
  tasks: TaskView[];
  bases: BaseView[];
}

export function NewSweepPage() {
  const { from } = route.useSearch();
  const methods = useQuery(methodsQuery);
  const tasks = useQuery(tasksQuery);
  const bases = useQuery(basesQuery);
  const source = useQuery({ ...sweepQuery(from ?? ''), enabled: from !== undefined });
  return (
    <Page title="New sweep" description="Every list is an axis: type several values to train all combinations.">
      <QueryView query={methods} label="methods">
        {(methodList) => (
          <QueryView query={tasks} label="tasks">
            {(taskList) => (
              <QueryView query={bases} label="base models">
                {(baseList) => {
                  const catalog = { methods: methodList, tasks: taskList, bases: baseList };
                  return from === undefined ? (
                    <SweepFormView key="new" catalog={catalog} start={startOf(catalog)} />
                  ) : (
                    <QueryView query={source} label="sweep to clone">
                      {({ spec }) => <SweepFormView key={from} catalog={catalog} start={fromSpec(spec)} />}
                    </QueryView>
                  );
                }}
              </QueryView>
            )}
          </QueryView>
        )}
      </QueryView>
    </Page>
  );
}

function startOf({ methods, tasks, bases }: Catalog): SweepValues {
  const method = methods.methods.find(({ usesRank }) => usesRank) ?? methods.methods[0];
  return emptySweep({ ...firstPair(tasks, bases), method: method?.name });
}

function SweepFormView({ catalog, start }: { catalog: Catalog; start: SweepValues }) {
  const { form, checked } = useSweepForm(start, catalog.methods);
  const navigate = useNavigate();
  const client = useQueryClient();
  const [submitted, setSubmitted] = useState(false);
  const { key, renew } = useIdempotencyKey(JSON.stringify(checked.request));

  // A sweep is previewed before it has a name.
  const [request] = useDebouncedValue(
    JSON.stringify({ ...checked.request, name: checked.request.name.trim() || 'preview' }),
    400,
  );
  const previewable = CreateSweep.safeParse(JSON.parse(request)).success;
  const preview = useQuery({
    queryKey: [...sweepKeys.all, 'preview', request],
    queryFn: ({ signal }) => previewSweep(JSON.parse(request), signal),
    enabled: previewable,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

  const creation = useMutation({
    mutationFn: () => createSweep(checked.request, key),
    onSuccess: async (sweep) => {
      renew();
      await client.invalidateQueries({ queryKey: sweepKeys.all });
      notifications.show({ title: 'Sweep started', message: `${formatInteger(sweep.total)} trials` });
      await navigate({ to: '/sweeps/$sweepId', params: { sweepId: sweep.id } });
    },
  });

  const refused = creation.error ?? preview.error;
  const { setErrors } = form;
  useEffect(() => {
    const local = checked.errors.filter(({ path }) => submitted || path !== '/name');
    const remote = refused instanceof ProblemError ? refused.fields : [];
    setErrors(errorsByField(local.length > 0 ? local : remote));
  }, [checked, refused, submitted, setErrors]);

  function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (checked.errors.length === 0) creation.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="lg">
            <What form={form} catalog={catalog} />
            <Methods form={form} catalog={catalog} />
            <Axes form={form} />
            <Paper component="section" aria-label="Training">
              <Stack gap="sm">
                <Title order={2}>Training</Title>
                <TrainingSection
                  form={form}
                  task={catalog.tasks.find(({ name }) => name === form.values.task)}
                  base={catalog.bases.find(({ name }) => name === form.values.base)}
                />
              </Stack>
            </Paper>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="md" pos="sticky" top={76}>
            {creation.error ? <Failure error={creation.error} /> : null}
            <Button
              type="submit"
              size="md"
              leftSection={<IconRocket size={18} aria-hidden />}
              loading={creation.isPending}
            >
              {preview.data && previewable ? `Start ${formatInteger(preview.data.trials)} trials` : 'Start sweep'}
            </Button>
            <PreviewPanel
              preview={preview.data}
              hint={previewable ? undefined : hintOf(form)}
              error={preview.error}
              stale={preview.isFetching}
            />
          </Stack>
        </Grid.Col>
      </Grid>
    </form>
  );
}

function hintOf(form: SweepForm): string {
  return form.values.methods.length === 0
    ? 'Add at least one method.'
    : 'Correct the fields marked red to see the preview.';
}

/** One key for one content: sending the same form twice makes one sweep, a changed form another. */
function useIdempotencyKey(content: string) {
  const held = useRef({ content, key: randomId() });
  if (held.current.content !== content) held.current = { content, key: randomId() };
  return {
    key: held.current.key,
    renew: () => {
      held.current = { content, key: randomId() };
    },
  };
}

function What({ form, catalog }: { form: SweepForm; catalog: Catalog }) {
  return (
    <Paper component="section" aria-label="What">
      <Stack gap="sm">
        <TextInput
          label="Name"
          placeholder="e.g. LoRA ranks on Moby-Dick"
          withAsterisk
          maxLength={200}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Kind form={form} catalog={catalog} />
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
          <Select
            label="Task"
            data={catalog.tasks.map(({ name, title }) => ({ value: name, label: title }))}
            allowDeselect={false}
            {...form.getInputProps('task')}
          />
          <Select
            label="Base model"
            data={catalog.bases.map(({ name }) => name)}
            allowDeselect={false}
            {...form.getInputProps('base')}
          />
          <Select label="Engine" data={[...engineNames]} allowDeselect={false} {...form.getInputProps('engine')} />
        </SimpleGrid>
        <TextInput
          label="On the model of"
          description="Starts from the base model with an adapter of it merged; waits until that has been trained"
          placeholder="Id of a trial, or of a sweep for its best"
          {...form.getInputProps('on')}
        />
      </Stack>
    </Paper>
  );
}

const kinds: readonly { value: SweepKind; label: string; says: string }[] = [
  { value: 'finetune', label: 'Fine-tune', says: 'Adapts the base model to the task.' },
  { value: 'pretrain', label: 'Pretrain', says: 'Trains the whole model on next tokens.' },
  { value: 'compress', label: 'Compress', says: 'Makes the base model smaller, with and without recovery training.' },
];

/** Methods of another kind leave the form with a change: they would be refused. */
function Kind({ form, catalog }: { form: SweepForm; catalog: Catalog }) {
  const { kind, initial, methods } = form.values;
  const change = (next: SweepKind) => {
    form.setFieldValue('kind', next);
    const known = new Map(catalog.methods.methods.map((method) => [method.name, method]));
    const kept = methods.filter(({ name }) => known.get(name)?.kinds.includes(next) ?? true);
    const first = catalog.methods.methods.find(({ kinds }) => kinds.includes(next));
    form.setFieldValue('methods', kept.length === 0 && first ? [newMethod(first.name)] : kept);
  };
  return (
    <Stack gap={4}>
      <Input.Label id="sweep-kind">Kind</Input.Label>
      <SegmentedControl
        aria-labelledby="sweep-kind"
        data={kinds.map(({ value, label }) => ({ value, label }))}
        value={kind}
        onChange={(value) => change(value as SweepKind)}
        fullWidth
      />
      <Text size="sm" c="dimmed">
        {kinds.find(({ value }) => value === kind)?.says}
      </Text>
      {form.errors.kind ? <Input.Error>{form.errors.kind}</Input.Error> : null}
      {kind === 'pretrain' ? (
        <SegmentedControl
          aria-label="Starts from"
          data={[
            { value: 'random', label: 'From scratch' },
            { value: 'base', label: 'Goes on from the base' },
          ]}
          value={initial}
          onChange={(value) => form.setFieldValue('initial', value as SweepForm['values']['initial'])}
          fullWidth
        />
      ) : null}
    </Stack>
  );
}

function Methods({ form, catalog }: { form: SweepForm; catalog: Catalog }) {
  return (
    <Stack component="section" gap="sm" aria-label="Methods">
      <Title order={2}>Methods</Title>
      {form.values.methods.map((value, index) => (
        <MethodCard key={value.key} form={form} index={index} value={value} catalog={catalog.methods} />
      ))}
      <Select
        aria-label="Add a method"
        placeholder="Add a method"
        data={catalog.methods.methods
          .filter(({ kinds }) => kinds.includes(form.values.kind))
          .map(({ name, title }) => ({ value: name, label: title }))}
        value={null}
        onChange={(name) => {
          if (name) form.insertListItem('methods', newMethod(name));
        }}
        error={form.values.methods.length === 0 ? form.errors.methods : undefined}
        searchable
        maw={320}
      />
    </Stack>
  );
}

function Axes({ form }: { form: SweepForm }) {
  return (
    <Paper component="section" aria-label="Axes of the sweep">
      <Stack gap="sm">
        <Title order={2}>Axes of the sweep</Title>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
          <AxisInput
            label="Ranks"
            description="For every method that has one; max: the largest that fits each budget"
            placeholder="Default 8"
            {...form.getInputProps('rank')}
          />
          <AxisInput
            label="Memory budgets (MiB)"
            description="A budget gates; it never changes a training that fits"
            required
            {...form.getInputProps('memoryBudgetMiB')}
          />
          <AxisInput
            label="Learning rates"
            description="For all methods"
            placeholder="Each method's own"
            {...form.getInputProps('learningRate')}
          />
          {form.values.kind === 'compress' ? (
            <AxisInput
              label="Recovery steps"
              description="Training after the compression; 0 is without"
              placeholder="Default 0"
              {...form.getInputProps('recoverySteps')}
            />
          ) : null}
          <AxisInput
            label="Seeds"
            description="Three or more give intervals over seeds"
            placeholder="Default 0, 1, 2"
            {...form.getInputProps('seed')}
          />
        </SimpleGrid>
      </Stack>
    </Paper>
  );
}
