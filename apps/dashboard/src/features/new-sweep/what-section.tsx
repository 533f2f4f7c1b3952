/** @file What is trained: name, kind, task, base, engine. */
import {
  Code,
  Input,
  MultiSelect,
  Paper,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import {
  asksForTensorflow,
  type ChatTemplateName,
  chatTemplates,
  type EngineName,
  hasKindField,
  longestNote,
  type OfferedEngines,
  type SweepKind,
  sweepKindOf,
  sweepKindRecords,
} from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { Failure } from '../../components/feedback.js';
import { Segments } from '../../components/segments.js';
import { SweepTagsInput } from '../../components/sweep-tags-input.js';
import { generatorsQuery } from '../../lib/api/generators.js';
import { formatCount } from '../../lib/format.js';
import type { MethodValues } from './form-values.js';
import { cardsFor } from './kind-change.js';
import type { Catalog } from './start-values.js';
import type { SweepForm } from './use-sweep-form.js';

export function What({ form, catalog }: { form: SweepForm; catalog: Catalog }) {
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
            onChange={(name) => {
              if (name === null) return;
              form.setFieldValue('task', name);
              if (!hasConversations(catalog, name)) form.setFieldValue('chatTemplate', '');
            }}
          />
          <Select
            label="Base model"
            data={catalog.bases.map(({ name }) => name)}
            allowDeselect={false}
            {...form.getInputProps('base')}
          />
          <Select
            label="Engine"
            data={engineChoices(catalog.engines)}
            allowDeselect={false}
            {...form.getInputProps('engine')}
            onChange={(engine) => {
              if (engine === null) return;
              form.setFieldValue('engine', engine as EngineName);
              form.setFieldValue(
                'otherEngines',
                form.values.otherEngines.filter((name) => name !== engine),
              );
            }}
          />
        </SimpleGrid>
        <MultiSelect
          label="Compare with"
          description="Further engines: each method competes once on each, and the board says whether they agree"
          placeholder={form.values.otherEngines.length === 0 ? 'None' : undefined}
          data={catalog.engines.engines.map(({ name }) => name).filter((name) => name !== form.values.engine)}
          {...form.getInputProps('otherEngines')}
        />
        {hasConversations(catalog, form.values.task) ? <ChatTemplate form={form} /> : null}
        {hasKindField(form.values.kind, 'generator') ? <Generator form={form} /> : null}
        <FasterEngine catalog={catalog} base={form.values.base} />
        <TextInput
          label="Start from a trained model"
          description="Starts from the base with this trial’s adapter merged in, and waits until it is trained"
          placeholder="Id of a trial, or of a sweep for its best"
          {...form.getInputProps('on')}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <SweepTagsInput {...form.getInputProps('tags')} />
          <Textarea
            label="Note"
            description="Plain text, for people"
            autosize
            minRows={1}
            maxRows={10}
            maxLength={longestNote}
            {...form.getInputProps('note')}
          />
        </SimpleGrid>
      </Stack>
    </Paper>
  );
}

/** Whether the examples of a task are conversations, which a template lays out. */
const hasConversations = (catalog: Catalog, task: string): boolean =>
  catalog.tasks.some(({ name, conversations }) => name === task && conversations);

function ChatTemplate({ form }: { form: SweepForm }) {
  const { value, ...props } = form.getInputProps('chatTemplate');
  return (
    <Select
      label="Chat template"
      description="Lays out conversations: the base’s own, or one in its place"
      placeholder="That of the base"
      data={[...chatTemplates]}
      clearable
      {...props}
      value={value || null}
      onChange={(name) => form.setFieldValue('chatTemplate', (name ?? '') as ChatTemplateName | '')}
    />
  );
}

/** Engines that a live worker runs come first; a sweep on another waits until one does. */
function engineChoices({ engines }: OfferedEngines) {
  const group = (title: string, isLive: boolean) => ({
    group: title,
    items: engines.filter((engine) => engine.isLive === isLive).map(({ name }) => name),
  });
  return [group('Run by a live worker', true), group('Run by nobody now', false)].filter(
    ({ items }) => items.length > 0,
  );
}

function FasterEngine({ catalog, base }: { catalog: Catalog; base: string }) {
  const chosen = catalog.bases.find(({ name }) => name === base);
  return asksForTensorflow(catalog.engines, chosen) ? (
    <Text size="sm" c="dimmed">
      {base} has {formatCount(chosen!.parameters)} parameters: <Code>npm run rankforge -- engine add tensorflow</Code>,
      then a restart, gives this installation an engine that trains it faster.
    </Text>
  ) : null;
}

function Generator({ form }: { form: SweepForm }) {
  const query = useQuery(generatorsQuery);
  const names = (query.data ?? []).map(({ generator }) => generator.name);
  const { value, ...props } = form.getInputProps('generator');
  return (
    <>
      <Select
        label="Generator"
        description={
          query.data?.length === 0
            ? 'None was added yet: see Generators'
            : 'Asked by procedures whose judge it is, and by recipes that have texts written'
        }
        data={names}
        clearable
        {...props}
        value={value || null}
        onChange={(name) => form.setFieldValue('generator', name ?? '')}
      />
      {query.error ? <Failure error={query.error} onRetry={() => void query.refetch()} /> : null}
    </>
  );
}

/** Methods of another kind would be refused: they are set aside until their kind is chosen again. */
function Kind({ form, catalog }: { form: SweepForm; catalog: Catalog }) {
  const { kind, initial } = form.values;
  const standIn = useRef<MethodValues>(undefined);
  const change = (next: SweepKind) => {
    const changed = cardsFor(next, form.values, catalog.methods.methods, standIn.current);
    standIn.current = changed.standIn;
    form.setValues({ kind: next, ...changed.cards });
  };
  return (
    <Stack gap={4}>
      <Input.Label id="sweep-kind">Kind</Input.Label>
      <Segments
        aria-labelledby="sweep-kind"
        data={sweepKindRecords.filter(({ commands }) => !commands).map(({ name, label }) => ({ value: name, label }))}
        value={kind}
        onChange={(value) => change(value as SweepKind)}
        fullWidth
      />
      <Text size="sm" c="dimmed">
        {sweepKindOf(kind).says}
      </Text>
      {form.errors.kind ? (
        <Input.Error data-form-error tabIndex={-1}>
          {form.errors.kind}
        </Input.Error>
      ) : null}
      {hasKindField(kind, 'initial') ? (
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
