import { Alert, Button, Grid, Group, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { CreateSweep, type FieldError, hasKindField, offeredEngines } from '@rankforge/contracts';
import { IconHistory, IconRocket } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { Failure, Loading } from '../../components/feedback.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { RoleNotice } from '../../components/role-notice.js';
import { basesQuery, methodsQuery, tasksQuery } from '../../lib/api/catalog.js';
import { ProblemError } from '../../lib/api/client.js';
import { useMay } from '../../lib/api/session.js';
import { createSweep, previewSweep, sweepKeys, sweepQuery } from '../../lib/api/sweeps.js';
import { workersQuery } from '../../lib/api/workers.js';
import { formatInteger } from '../../lib/format.js';
import { randomId } from '../../lib/random-id.js';
import type { SweepFill } from '../../lib/sweep-fill.js';
import { Axes } from './axes-section.js';
import { useSuggestedBudget } from './budgets.js';
import { dropDraft, keepDraft, readDraft } from './draft.js';
import { FederationSection } from './federation-section.js';
import { sweepLabels } from './field-labels.js';
import { filled } from './fill.js';
import { fromSpec, newMethod, type SweepValues } from './form-values.js';
import { MethodCard } from './method-card.js';
import { PreviewPanel } from './preview-panel.js';
import { revealFirstError } from './reveal-error.js';
import { type Catalog, startOf } from './start-values.js';
import { TrainingSection } from './training-section.js';
import { errorsByField, type SweepForm, useSweepForm } from './use-sweep-form.js';
import { What } from './what-section.js';

const route = getRouteApi('/signed-in/sweeps/new');

export function NewSweepPage() {
  const { from, fill, task } = route.useSearch();
  const methods = useQuery(methodsQuery);
  const tasks = useQuery(tasksQuery);
  const bases = useQuery(basesQuery);
  // The form is of use without them.
  const workers = useQuery(workersQuery);
  const source = useQuery({ ...sweepQuery(from ?? ''), enabled: from !== undefined });
  return (
    <Page title="New sweep" description="Every list is an axis: type several values to train all combinations.">
      <QueryView query={methods} label="methods">
        {(methodList) => (
          <QueryView query={tasks} label="tasks">
            {(taskList) => (
              <QueryView query={bases} label="base models">
                {(baseList) => {
                  if (workers.isPending) return <Loading label="workers" />;
                  const engines = offeredEngines(workers.data ?? []);
                  const catalog = { methods: methodList, tasks: taskList, bases: baseList, engines };
                  return from === undefined ? (
                    <SweepFormView
                      key={task ?? ''}
                      draft={task ?? ''}
                      catalog={catalog}
                      start={startOf(catalog, task)}
                      isNew
                    />
                  ) : (
                    <QueryView query={source} label="sweep to clone">
                      {({ spec, tags }) => (
                        <SweepFormView
                          key={draftOf(from, fill)}
                          draft={draftOf(from, fill)}
                          catalog={catalog}
                          start={filled(fromSpec({ ...spec, tags }), fill ?? {})}
                        />
                      )}
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

const draftOf = (from: string, fill: SweepFill | undefined): string =>
  fill === undefined ? from : `${from} ${JSON.stringify(fill)}`;

interface SweepFormProps {
  catalog: Catalog;
  start: SweepValues;
  /** What the form started from, by which it is found again. */
  draft: string;
  /** Not the copy of a sweep, whose budgets were chosen. */
  isNew?: boolean;
}

function SweepFormView({ catalog, start: startNow, draft, isNew = false }: SweepFormProps) {
  // Workers come and go; what the form began with stays what it is compared with.
  const [start] = useState(startNow);
  const [left] = useState(() => readDraft(draft, start));
  const { form, checked } = useSweepForm(left ?? start, catalog.methods);
  const [isRestored, setRestored] = useState(left !== undefined);
  const sheet = useRef<HTMLFormElement>(null);
  const maySubmit = useMay('submitter');
  const navigate = useNavigate();
  const client = useQueryClient();
  const [submitted, setSubmitted] = useState(false);
  const { key, renew } = useIdempotencyKey(JSON.stringify(checked.request));

  // A sweep is previewed before it has a name, which changes nothing of the preview; nor do its tags and its note.
  const { tags: _, note: __, ...computed } = checked.request;
  const current = JSON.stringify({ ...computed, name: 'preview' });
  const [request] = useDebouncedValue(current, 400);
  // JSON makes null of a text that is no number, and null may have a meaning of its own.
  const isLegible = checked.errors.every(({ path }) => /^\/(name|tags|note)\b/.test(path));
  const previewable = isLegible && CreateSweep.safeParse(JSON.parse(request)).success;
  const preview = useQuery({
    queryKey: [...sweepKeys.all, 'preview', request],
    queryFn: ({ signal }) => previewSweep(JSON.parse(request), signal),
    enabled: previewable,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

  const predicted = previewable && !preview.isPlaceholderData ? preview.data : undefined;
  // The preview of the form before stays, marked, and counts for nothing.
  const isCurrent = request === current && !preview.isPlaceholderData;
  const areSuggested = useSuggestedBudget(form, predicted, isNew && !isRestored);
  useEffect(
    () =>
      keepDraft(draft, form.values, areSuggested ? { ...start, memoryBudgetMiB: form.values.memoryBudgetMiB } : start),
    [draft, form.values, start, areSuggested],
  );

  const creation = useMutation({
    mutationFn: () => createSweep(checked.request, key),
    onSuccess: async (sweep) => {
      renew();
      dropDraft(draft);
      await client.invalidateQueries({ queryKey: sweepKeys.all });
      notifications.show({ title: 'Sweep started', message: trialsText(sweep.total) });
      await navigate({ to: '/sweeps/$sweepId', params: { sweepId: sweep.id } });
    },
    onError: (error) => {
      if (error instanceof ProblemError && error.fields.length > 0) reveal(error.fields);
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
    if (checked.errors.length === 0) return creation.mutate();
    reveal(checked.errors);
  }

  /** Drawn now, and not with the next change: the first wrong field is looked for in the page. */
  function reveal(errors: readonly FieldError[]) {
    flushSync(() => setErrors(errorsByField(errors)));
    revealFirstError(sheet.current);
  }

  function startOver() {
    form.setValues(start);
    setSubmitted(false);
    setRestored(false);
  }

  return (
    <form ref={sheet} onSubmit={submit} noValidate>
      {maySubmit ? null : <RoleNotice does="start a sweep" instead="Its preview is open to you." />}
      {isRestored ? (
        <Alert color="blue" icon={<IconHistory aria-hidden />} mb="md" title="This form is as you left it">
          <Group gap="sm">
            <Text size="sm">It was not sent.</Text>
            <Button size="compact-sm" variant="default" onClick={startOver}>
              Start over
            </Button>
          </Group>
        </Alert>
      ) : null}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="lg">
            <What form={form} catalog={catalog} />
            {hasKindField(form.values.kind, 'federation') ? (
              <FederationSection
                form={form}
                task={catalog.tasks.find(({ name }) => name === form.values.task)}
                attacks={catalog.methods.attacks}
              />
            ) : null}
            <Methods form={form} catalog={catalog} />
            <Axes form={form} preview={previewable ? preview.data : undefined} />
            <Paper component="section" aria-label="Training">
              <Stack gap="sm">
                <Title order={2}>Training</Title>
                <TrainingSection
                  form={form}
                  task={catalog.tasks.find(({ name }) => name === form.values.task)}
                  base={catalog.bases.find(({ name }) => name === form.values.base)}
                  lengths={previewable ? preview.data?.lengths : undefined}
                />
              </Stack>
            </Paper>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="md" pos="sticky" top={76}>
            {creation.error ? <Failure error={creation.error} labels={sweepLabels} /> : null}
            <Button
              type="submit"
              size="md"
              leftSection={<IconRocket size={18} aria-hidden />}
              loading={creation.isPending}
              disabled={!maySubmit}
            >
              {predicted && isCurrent ? `Start ${trialsText(predicted.trials + predicted.scorings)}` : 'Start sweep'}
            </Button>
            <PreviewPanel
              preview={preview.data}
              hint={previewable ? undefined : hintOf(form)}
              error={preview.error}
              stale={preview.isFetching || !isCurrent}
            />
          </Stack>
        </Grid.Col>
      </Grid>
    </form>
  );
}

const trialsText = (count: number) => `${formatInteger(count)} ${count === 1 ? 'trial' : 'trials'}`;

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
