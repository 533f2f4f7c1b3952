import {
  JsonInput,
  MultiSelect,
  Paper,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  TextInput,
  Title,
} from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type BaseView, cards, type MethodList, publishedModels } from '@rankforge/contracts';
import { AxisInput } from '../../components/axis-input.js';
import { NumberField } from '../../components/number-field.js';
import { formatBytes, formatCount } from '../../lib/format.js';
import { ProfileFields, type ProfileFieldsProps, SharedFields } from './profile-fields.js';
import { type EstimateValues, targetsOf } from './request.js';
import { ToolFileFields, UploadedFiles } from './tool-file-fields.js';

export interface EstimateFormProps extends ProfileFieldsProps {
  methods: MethodList;
  bases: readonly BaseView[];
  /** Layers of the model, once it is known. */
  targets: readonly string[];
  /** Outputs of a head, where none are asked for; null: the next token is predicted. */
  usualClasses: number | null;
}

export function EstimateForm(props: EstimateFormProps) {
  return (
    <Stack gap="lg">
      <ModelFields {...props} />
      {props.values.source === 'file' ? (
        <CardSection {...props} />
      ) : (
        <>
          <TrainingFields {...props} />
          <ProfileFields {...props} />
        </>
      )}
    </Stack>
  );
}

function ModelFields({ values, errors, bases, onChange }: EstimateFormProps) {
  const isNarrow = useMediaQuery('(max-width: 48em)');
  return (
    <Paper component="section" aria-label="Model">
      <Stack gap="sm">
        <Title order={2}>Model</Title>
        <SegmentedControl
          aria-label="Where the model comes from"
          data={[
            { value: 'base', label: 'A base model', disabled: bases.length === 0 },
            { value: 'published', label: 'A published model' },
            { value: 'config', label: 'A config.json' },
            { value: 'file', label: "A tool's file" },
          ]}
          value={values.source}
          onChange={(source) =>
            onChange({
              source: source as EstimateValues['source'],
              targets: targetsOf(source === 'base' ? bases.find(({ name }) => name === values.base) : undefined),
            })
          }
          orientation={isNarrow ? 'vertical' : 'horizontal'}
          fullWidth
        />
        <UploadedFiles onChange={onChange} />
        {values.source === 'base' ? (
          <Select
            label="Base model"
            data={bases.map(({ name, parameters }) => ({
              value: name,
              label: `${name} · ${formatCount(parameters)} parameters`,
            }))}
            value={values.base}
            onChange={(base) => base && onChange({ base, targets: targetsOf(bases.find(({ name }) => name === base)) })}
            error={errors.base}
            allowDeselect={false}
            searchable
          />
        ) : values.source === 'published' ? (
          <Select
            label="Published model"
            description="Its shapes are known; nothing is fetched"
            data={[...publishedModels]}
            value={values.published}
            onChange={(published) => published && onChange({ published })}
            error={errors.config}
            allowDeselect={false}
            searchable
          />
        ) : values.source === 'file' ? (
          <ToolFileFields values={values} errors={errors} onChange={onChange} />
        ) : (
          <JsonInput
            label="config.json"
            description="As Hugging Face writes it; no weights are needed"
            placeholder='{"model_type": "llama", "hidden_size": 4096, …}'
            value={values.config}
            onChange={(config) => onChange({ config })}
            error={values.config === '' ? undefined : errors.config}
            autosize
            minRows={6}
            maxRows={16}
            spellCheck={false}
          />
        )}
      </Stack>
    </Paper>
  );
}

/** Tokens of an example where none are asked for, as far as the model reads so many. */
const usualLength = 512;

function TrainingFields({ values, errors, methods, bases, targets, usualClasses, onChange }: EstimateFormProps) {
  const input = values.source === 'base' ? bases.find(({ name }) => name === values.base)?.input : undefined;
  const longest = input?.kind === 'tokens' ? Math.min(usualLength, input.contextLength) : usualLength;
  return (
    <Paper component="section" aria-label="Training">
      <Stack gap="sm">
        <Title order={2}>Training</Title>
        <MultiSelect
          label="Methods"
          data={methods.methods
            .filter(({ trains }) => trains)
            .map(({ name, title }) => ({ value: name, label: title }))}
          value={values.methods}
          onChange={(next) => onChange({ methods: next })}
          error={errors.methods}
          searchable
          clearable
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
          <BudgetFields {...{ values, errors, onChange }} offersCards={values.profile === 'torch'} />
          <AxisInput
            label="Ranks"
            description="For methods that have one"
            placeholder="Each method's own"
            value={values.ranks}
            onChange={(ranks) => onChange({ ranks })}
            error={errors.ranks}
          />
          <NumberField
            label="Batch"
            description="Examples of a forward pass"
            placeholder="1"
            min={1}
            value={values.batch}
            onChange={(batch) => onChange({ batch })}
            error={errors.batch}
          />
          <NumberField
            label="Sequence"
            description="Tokens of an example"
            placeholder={`${longest} at most`}
            min={1}
            value={values.sequence}
            onChange={(sequence) => onChange({ sequence })}
            error={errors.sequence}
          />
          <Select
            label="Optimizer"
            data={methods.optimizers.map(({ name, title }) => ({ value: name, label: title }))}
            value={values.optimizer}
            onChange={(optimizer) => optimizer && onChange({ optimizer })}
            error={errors.optimizer}
            allowDeselect={false}
            searchable
          />
          <NumberField
            label="Classes"
            description="Outputs of a trained head"
            placeholder={usualClasses === null ? 'Next token' : String(usualClasses)}
            min={1}
            value={values.classes}
            onChange={(classes) => onChange({ classes })}
            error={errors.classes}
          />
        </SimpleGrid>
        <AxisInput
          label="Targets"
          description={targets.length > 0 ? `Layers with an adapter; there are ${targets.join(', ')}` : undefined}
          value={values.targets}
          onChange={(next) => onChange({ targets: next })}
          error={errors.targets}
          suggestions={[...targets]}
        />
      </Stack>
    </Paper>
  );
}

interface BudgetFieldsProps extends ProfileFieldsProps {
  /** Cards have the memory of torch alone. */
  offersCards: boolean;
}

function BudgetFields({ values, errors, offersCards, onChange }: BudgetFieldsProps) {
  return (
    <>
      {offersCards ? (
        <Select
          label="Card"
          description="In the place of a budget"
          placeholder="None: the budget counts"
          data={cards.map(({ name, title, bytes }) => ({ value: name, label: `${title} · ${formatBytes(bytes)}` }))}
          value={values.gpu === '' ? null : values.gpu}
          onChange={(gpu) => onChange({ gpu: gpu ?? '' })}
          error={errors.gpu}
          clearable
          searchable
        />
      ) : null}
      <TextInput
        label="Budget"
        description="A card's memory"
        placeholder="e.g. 24 GiB"
        value={values.budget}
        onChange={(event) => onChange({ budget: event.currentTarget.value })}
        error={errors.budget}
        disabled={offersCards && values.gpu !== ''}
      />
    </>
  );
}

/** The fields that no file of a tool has. */
function CardSection(props: EstimateFormProps) {
  return (
    <Paper component="section" aria-label="Cards">
      <Stack gap="sm">
        <Title order={2}>Cards</Title>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
          <BudgetFields {...props} offersCards />
          <SharedFields {...props} />
        </SimpleGrid>
      </Stack>
    </Paper>
  );
}
