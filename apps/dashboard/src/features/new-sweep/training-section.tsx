import { Accordion, MultiSelect, Select, SimpleGrid, Stack, Switch } from '@mantine/core';
import {
  type BaseView,
  hasKindField,
  type ReadLengths,
  schedules,
  sweepKindOf,
  type TaskView,
  trainingAxes,
  trainingAxisNames,
} from '@rankforge/contracts';
import { NumberField } from '../../components/number-field.js';
import { SearchFields } from './search-fields.js';
import { TrainingAxisInput } from './training-axis-input.js';
import type { SweepForm } from './use-sweep-form.js';

interface TrainingSectionProps {
  form: SweepForm;
  task: TaskView | undefined;
  base: BaseView | undefined;
  /** The preview's word on the length. */
  lengths: ReadLengths | undefined;
}

const grid = { cols: { base: 1, sm: 2, xl: 3 }, spacing: 'sm', verticalSpacing: 'sm' } as const;

export function TrainingSection({ form, task, base, lengths }: TrainingSectionProps) {
  const defaults = task?.defaults;
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
        {hasKindField(form.values.kind, 'recoverySteps') || hasKindField(form.values.kind, 'federation') ? null : (
          <NumberField
            label="Steps"
            min={1}
            placeholder={placeholder(defaults?.steps)}
            {...form.getInputProps('training.steps')}
          />
        )}
        <NumberField
          label="Batch size"
          min={1}
          placeholder={placeholder(defaults?.batchSize)}
          {...form.getInputProps('training.batchSize')}
        />
        <NumberField
          label="Sequence length"
          min={8}
          placeholder={placeholder(lengths?.fromData ? lengths.sequenceLength : defaults?.sequenceLength)}
          {...form.getInputProps('training.sequenceLength')}
        />
      </SimpleGrid>
      <Accordion variant="contained" chevronPosition="left">
        <Accordion.Item value="training">
          <Accordion.Control>Schedule, clipping, targets</Accordion.Control>
          <Accordion.Panel>
            <SimpleGrid {...grid}>
              <Select
                label="Schedule"
                data={[...schedules]}
                placeholder="Default cosine"
                clearable
                {...form.getInputProps('training.schedule')}
                onChange={(value) =>
                  form.setFieldValue('training.schedule', (value ?? '') as SweepForm['values']['training']['schedule'])
                }
                value={form.values.training.schedule || null}
              />
              <NumberField
                label="Warm-up steps"
                min={0}
                placeholder="Default 0"
                {...form.getInputProps('training.warmupSteps')}
              />
              <NumberField
                label="Learning rate of the head"
                description="Where a head is made for the task"
                min={0}
                placeholder="That of all else"
                {...form.getInputProps('training.headLearningRate')}
              />
              <NumberField
                label="Gradient norm limit"
                min={0}
                description="0 for none"
                placeholder="Default 1"
                {...form.getInputProps('training.clipNorm')}
              />
              <Select
                label="Updates"
                description="Per layer: less memory, no norm limit"
                data={[{ value: 'perLayer', label: 'In the backward pass, per layer' }]}
                placeholder="After the backward pass"
                clearable
                {...form.getInputProps('training.execution')}
                onChange={(value) => form.setFieldValue('training.execution', value === 'perLayer' ? value : '')}
                value={form.values.training.execution || null}
              />
              {trainingAxisNames.map((name) => (
                <TrainingAxisInput
                  key={name}
                  name={name}
                  description="Each value competes by itself"
                  placeholder={`Default ${trainingAxes[name].usual}`}
                  {...form.getInputProps(`training.${name}`)}
                />
              ))}
              <NumberField
                label="Places of the query"
                min={2}
                description="Of a ranker's row, for blocks apart"
                placeholder="The text follows on the query"
                {...form.getInputProps('training.queryTokens')}
              />
              <Select
                label="Titles of texts"
                description="First lines, for blocks apart"
                data={[{ value: 'query', label: 'In the places of the query' }]}
                placeholder="With their texts"
                clearable
                {...form.getInputProps('training.titleWithQuery')}
                onChange={(value) => form.setFieldValue('training.titleWithQuery', value !== null || '')}
                value={form.values.training.titleWithQuery === true ? 'query' : null}
              />
              <NumberField
                label="Dropout"
                min={0}
                max={0.99}
                step={0.05}
                placeholder="Default 0"
                {...form.getInputProps('training.dropout')}
              />
              <NumberField
                label="Micro-batches per step"
                min={1}
                placeholder="Default 1"
                {...form.getInputProps('training.accumulate')}
              />
              <Select
                label="Micro-batches"
                description="The largest that fits each budget"
                data={[{ value: 'auto', label: 'Fitted to the budget' }]}
                placeholder="As given"
                clearable
                {...form.getInputProps('training.microBatch')}
                onChange={(value) => form.setFieldValue('training.microBatch', value === 'auto' ? value : '')}
                value={form.values.training.microBatch || null}
              />
              <NumberField
                label="Steps between validations"
                min={1}
                placeholder="At the end only"
                {...form.getInputProps('training.evalEvery')}
              />
              <NumberField
                label="Steps between checkpoints"
                min={1}
                placeholder="Default 50"
                {...form.getInputProps('training.checkpointEvery')}
              />
              <NumberField
                label="Steps between query and key norms"
                description="For low-rank updates"
                min={1}
                placeholder="Not measured"
                {...form.getInputProps('training.normEvery')}
              />
              <MultiSelect
                label="Layers with an adapter"
                data={base?.targets ?? []}
                placeholder={
                  form.values.training.targets.length > 0
                    ? ''
                    : sweepKindOf(form.values.kind).wholeModel
                      ? 'Default all'
                      : 'Default query, value'
                }
                clearable
                {...form.getInputProps('training.targets')}
              />
            </SimpleGrid>
          </Accordion.Panel>
        </Accordion.Item>
        <Accordion.Item value="search">
          <Accordion.Control>Comparison, search, priority</Accordion.Control>
          <Accordion.Panel>
            <SimpleGrid {...grid}>
              <SearchFields form={form} />
              <Select
                label="Chosen by"
                description="Its validation value picks configurations"
                data={(task?.metrics ?? []).map(({ name }) => name)}
                placeholder={task ? `Default ${task.primaryMetric.name}` : ''}
                clearable
                error={form.errors['objective.metric']}
                onChange={(metric) =>
                  form.setFieldValue('objective', objectiveOf(task?.metrics.find(({ name }) => name === metric)))
                }
                value={form.values.objective ? form.values.objective.metric : null}
              />
              <NumberField
                label="Priority"
                description="0 to 100; larger runs first"
                min={0}
                max={100}
                {...form.getInputProps('priority')}
              />
              <NumberField
                label="Retries"
                description="After a lost worker or a crash"
                min={0}
                max={10}
                {...form.getInputProps('retries')}
              />
              <NumberField
                label="Time limit of a trial"
                description="Seconds"
                min={1}
                {...form.getInputProps('trialTimeoutSeconds')}
              />
            </SimpleGrid>
            <Switch
              mt="md"
              label="Take results already known"
              description="A trial whose configuration, data, base and seed were computed before is linked instead of run again."
              {...form.getInputProps('reuse', { type: 'checkbox' })}
            />
            <Switch
              mt="md"
              label="Skip larger ranks once one does not fit"
              description="A larger rank that is predicted to need no less ends as over budget and is not run."
              {...form.getInputProps('skipLargerRanks', { type: 'checkbox' })}
            />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}

function objectiveOf(metric: TaskView['metrics'][number] | undefined): SweepForm['values']['objective'] {
  return metric ? { metric: metric.name, direction: metric.direction } : '';
}

function placeholder(value: number | undefined): string {
  return value === undefined ? '' : `Default ${value}`;
}
