import { Button, Group, Paper, Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import {
  CreateGenerator,
  flatIssues,
  type GeneratorKind,
  generatorKinds,
  type PromptTemplateName,
} from '@rankforge/contracts';
import { IconMessagePlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Failure } from '../../components/feedback.js';
import { NumberField } from '../../components/number-field.js';
import { Page } from '../../components/page.js';
import { RoleNotice } from '../../components/role-notice.js';
import { Segments } from '../../components/segments.js';
import { basesQuery } from '../../lib/api/catalog.js';
import { ProblemError } from '../../lib/api/client.js';
import { createGenerator, generatorKeys } from '../../lib/api/generators.js';
import { useMay } from '../../lib/api/session.js';

const empty = {
  kind: 'endpoint' as GeneratorKind,
  name: '',
  url: 'http://127.0.0.1:8000/v1',
  model: '',
  api: 'chat',
  keyFrom: '',
  priceRead: '' as number | '',
  priceWritten: '' as number | '',
  base: '',
  trial: '',
  template: '' as PromptTemplateName | '',
  file: '',
  context: 4096 as number | '',
};
type Values = typeof empty;

/** The request that the fields of the chosen kind stand for. */
const requests: Readonly<Record<GeneratorKind, (values: Values) => object>> = {
  base: ({ base, template }) => ({ base, ...asked(template) }),
  adapter: ({ trial, template }) => ({ trial: trial.trim(), ...asked(template) }),
  endpoint: ofEndpoint,
  gguf: ({ file, template, context }) => ({
    file: file.trim(),
    ...asked(template),
    ...(context !== '' && { context }),
  }),
};
const requestOf = (values: Values) => ({ kind: values.kind, name: values.name, ...requests[values.kind](values) });

/** Without a choice the model's own template is taken, if it has one. */
const asked = (template: Values['template']) => template !== '' && { template };

function ofEndpoint({ url, model, api, keyFrom, priceRead, priceWritten }: Values) {
  const priced = priceRead !== '' || priceWritten !== '';
  return {
    ...{ url, model, api },
    ...(keyFrom.trim() ? { keyFrom: keyFrom.trim() } : {}),
    ...(priced ? { price: { read: numberOrNone(priceRead), written: numberOrNone(priceWritten) } } : {}),
  };
}

/** The field of the form that stands for a place in the request. */
function fieldAt([first, second]: readonly PropertyKey[]): string {
  if (first !== 'price') return String(first);
  return second === 'read' ? 'priceRead' : 'priceWritten';
}

/** An empty price is none, which the API refuses beside its field, and not 0. */
const numberOrNone = (value: number | '') => (value === '' ? undefined : value);

const route = getRouteApi('/signed-in/generators/new');

export function AddGeneratorPage() {
  const { trial } = route.useSearch();
  const initialValues = trial === undefined ? empty : { ...empty, kind: 'adapter' as const, trial };
  const form = useForm<Values>({ mode: 'controlled', initialValues });
  const mayAdd = useMay('submitter');
  const bases = useQuery(basesQuery);
  const client = useQueryClient();
  const navigate = useNavigate();
  const creation = useMutation({
    mutationFn: createGenerator,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: generatorKeys.all });
      await navigate({ to: '/generators' });
    },
    onError: (error) => {
      const fields = error instanceof ProblemError ? error.fields : [];
      form.setErrors(
        Object.fromEntries(fields.map(({ path, message }) => [fieldAt(path.split('/').slice(1)), message])),
      );
    },
  });

  function submit() {
    const { data, error } = CreateGenerator.safeParse(requestOf(form.values));
    form.setErrors(
      Object.fromEntries(flatIssues(error?.issues ?? []).map(({ path, message }) => [fieldAt(path), message])),
    );
    if (data) creation.mutate(data);
  }

  return (
    <Page title="Add a generator" description="An endpoint is asked for its models before it is added.">
      {mayAdd ? null : <RoleNotice does="add a generator" />}
      <Paper>
        <Stack gap="sm">
          <Segments
            aria-label="Kind"
            data={generatorKinds.map(({ name, label }) => ({ value: name, label }))}
            {...form.getInputProps('kind')}
          />
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label="Name"
              description="Lower-case words joined by dashes"
              required
              {...form.getInputProps('name')}
            />
            <KindFields form={form} bases={(bases.data ?? []).map((item) => item.name)} />
          </SimpleGrid>
          {bases.error ? <Failure error={bases.error} onRetry={() => void bases.refetch()} /> : null}
          {creation.error ? <Failure error={creation.error} /> : null}
          <Group>
            <Button
              leftSection={<IconMessagePlus size={16} aria-hidden />}
              disabled={!mayAdd}
              loading={creation.isPending}
              onClick={submit}
            >
              Add
            </Button>
          </Group>
        </Stack>
      </Paper>
    </Page>
  );
}

interface FieldsProps {
  form: UseFormReturnType<Values>;
  bases: string[];
}

/** The fields that each kind asks for. */
const fields: Readonly<Record<GeneratorKind, (props: FieldsProps) => ReactNode>> = {
  base: BaseFields,
  adapter: TrainingFields,
  endpoint: EndpointFields,
  gguf: GgufFields,
};

function KindFields(props: FieldsProps) {
  const Fields = fields[props.form.values.kind];
  return <Fields {...props} />;
}

function BaseFields({ form, bases }: FieldsProps) {
  return (
    <>
      <Select
        label="Base model"
        description="Sweeps that ask it name the same base"
        data={bases}
        searchable
        required
        {...form.getInputProps('base')}
      />
      <Template form={form} />
    </>
  );
}

function TrainingFields({ form }: FieldsProps) {
  return (
    <>
      <TextInput
        label="Trial"
        description="The id of a training that succeeded; sweeps that ask it name its base"
        required
        {...form.getInputProps('trial')}
      />
      <Template form={form} />
    </>
  );
}

function GgufFields({ form }: FieldsProps) {
  return (
    <>
      <TextInput
        label="File"
        description="A GGUF file in the models folder; workers run it by llama.cpp, which is added to them"
        placeholder="smollm2-135m-instruct.gguf"
        required
        {...form.getInputProps('file')}
      />
      <NumberField
        label="Context"
        description="Most tokens that it reads and writes in all; memory grows with it"
        min={64}
        {...form.getInputProps('context')}
      />
      <Template form={form} />
    </>
  );
}

const templates: { value: Values['template']; label: string }[] = [
  { value: '', label: 'by its chat template, if it has one' },
  { value: 'model', label: 'by its chat template (model)' },
  { value: 'plain', label: 'as they stand (plain)' },
  { value: 'chatml', label: 'as ChatML (chatml)' },
];

function Template({ form }: Pick<FieldsProps, 'form'>) {
  return (
    <Select
      label="Prompts"
      description="Read as messages of a user by a chat template, or continued as they stand"
      data={templates}
      allowDeselect={false}
      {...form.getInputProps('template')}
    />
  );
}

function EndpointFields({ form }: FieldsProps) {
  return (
    <>
      <TextInput
        label="Address"
        description="Before /chat/completions; one that the administrator allows"
        required
        {...form.getInputProps('url')}
      />
      <TextInput label="Model" description="As the endpoint calls it" required {...form.getInputProps('model')} />
      <Select
        label="Asked by"
        description="Completions may score a prompt's continuations"
        data={[
          { value: 'chat', label: 'messages (chat)' },
          { value: 'completions', label: 'prompts (completions)' },
        ]}
        allowDeselect={false}
        {...form.getInputProps('api')}
      />
      <TextInput
        label="Key from"
        description="Variable of the environment that holds its key; empty: it needs none"
        placeholder="RANKFORGE_GENERATOR_KEY"
        {...form.getInputProps('keyFrom')}
      />
      <NumberField
        label="Price of what is read"
        description="Of a million tokens, in a currency of yours; empty: none is known"
        min={0}
        {...form.getInputProps('priceRead')}
      />
      <NumberField
        label="Price of what is written"
        description="Of a million tokens"
        min={0}
        {...form.getInputProps('priceWritten')}
      />
    </>
  );
}
