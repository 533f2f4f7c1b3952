/** @file Which column is what, and how the data is split. */
import { Group, MultiSelect, SegmentedControl, Select, SimpleGrid, Stack, Switch, Text, Textarea } from '@mantine/core';
import type { ObjectiveView } from '@rankforge/contracts';
import { NumberField } from '../../components/number-field.js';
import {
  choicesOf,
  chosenObjective,
  columnsAsked,
  type DatasetValues,
  fixedLabels,
  isTable,
  type NumberProperty,
  numbersOf,
  readableFrom,
  replacedColumns,
  saysOrigins,
  textsOf,
  timeColumn,
  wrongNumber,
} from './request.js';

interface SplitFieldsProps {
  values: DatasetValues;
  /** Columns of the file, or classes of a folder of images. */
  columns: readonly string[];
  /** Whether examples may have times. */
  hasTimes: boolean;
  onChange: (change: Partial<DatasetValues>) => void;
}

interface MappingFieldsProps extends Omit<SplitFieldsProps, 'hasTimes'> {
  objectives: readonly ObjectiveView[];
}

export function MappingFields({ values, columns, objectives, onChange }: MappingFieldsProps) {
  const chosen = chosenObjective(values, objectives);
  const { name, dataset } = chosen;
  const asked = columnsAsked(chosen, { format: values.format, columns });
  // Columns and splits of other files: nothing is to be chosen here.
  const elsewhere = dataset.columns.length > 0 && asked.length === 0;
  const replaced = replacedColumns(chosen, values);
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Select
          label={fixedLabels['/mapping/objective']}
          data={readableFrom(values.format, objectives).map(({ name, title }) => ({ value: name, label: title }))}
          value={name}
          onChange={(value) => value && onChange({ objective: value })}
          allowDeselect={false}
        />
        {asked.map(({ field, title, description, optional }) => (
          <Select
            key={field}
            label={title}
            description={description}
            placeholder={optional ? 'None' : 'Column'}
            data={[...columns]}
            value={values.columns[field] || null}
            onChange={(value) => onChange({ columns: { ...values.columns, [field]: value ?? '' } })}
            searchable
            clearable={optional}
            required={!optional && !replaced.includes(field)}
            disabled={replaced.includes(field)}
          />
        ))}
        {elsewhere
          ? null
          : textsOf(chosen).map(({ field, title, description }) => (
              <Textarea
                key={field}
                label={title}
                description={description}
                value={values.texts[field] ?? ''}
                onChange={({ currentTarget: { value } }) => onChange({ texts: { ...values.texts, [field]: value } })}
                autosize
                maxRows={8}
              />
            ))}
        {choicesOf(chosen).map(({ field, title, description, enum: names }) => (
          <Select
            key={field}
            label={title}
            description={description}
            placeholder="Default"
            data={names}
            value={values.choices[field] || null}
            onChange={(value) => onChange({ choices: { ...values.choices, [field]: value ?? '' } })}
            clearable
          />
        ))}
        {numbersOf(chosen).map((number) => (
          <MappingNumber
            key={number.field}
            number={number}
            value={values.numbers[number.field] ?? ''}
            onChange={(value) => onChange({ numbers: { ...values.numbers, [number.field]: value } })}
          />
        ))}
        {dataset.from === 'images' ? (
          <Select
            label={fixedLabels['/mapping/channels']}
            data={[
              { value: '3', label: 'Red, green, blue' },
              { value: '1', label: 'Grey' },
            ]}
            value={values.channels}
            onChange={(value) => onChange({ channels: value === '1' ? '1' : '3' })}
            allowDeselect={false}
          />
        ) : null}
        {saysOrigins(chosen) && !elsewhere ? (
          <MultiSelect
            label={fixedLabels['/mapping/origins']}
            description="A federation may divide them by such a column"
            placeholder={values.origins.length === 0 ? 'No column' : ''}
            data={[...columns]}
            value={[...values.origins]}
            onChange={(origins) => onChange({ origins })}
            searchable
          />
        ) : null}
      </SimpleGrid>
      {elsewhere ? (
        <Text size="sm">Its columns were named and its splits made where its examples are.</Text>
      ) : (
        <SplitFields
          values={values}
          columns={columns}
          hasTimes={timeColumn(chosen) !== undefined}
          onChange={onChange}
        />
      )}
      {isTable(values.format) && !elsewhere ? (
        <Switch
          label={fixedLabels['/skipEmpty']}
          description="Otherwise such a row is refused"
          checked={values.skipEmpty}
          onChange={(event) => onChange({ skipEmpty: event.currentTarget.checked })}
        />
      ) : null}
    </Stack>
  );
}

const splitHints = {
  hash: 'The same on every machine; texts that are nearly equal stay on one side, and each class gives its share to every split.',
  column: 'What stands on two sides is reported.',
  time: 'What came last is tested on, and what came before it is validated on.',
} satisfies Record<DatasetValues['splitBy'], string>;

interface MappingNumberProps {
  number: NumberProperty;
  value: number | '';
  onChange: (value: number | '') => void;
}

function MappingNumber({ number, value, onChange }: MappingNumberProps) {
  const { title, description, minimum, maximum } = number;
  return (
    <NumberField
      label={title}
      description={`${description.replace(/\.$/, '')}; ${minimum} to ${maximum}`}
      placeholder={number.default === undefined ? 'Default' : `Default ${number.default}`}
      value={value}
      onChange={onChange}
      error={wrongNumber(number, value)}
      min={minimum}
      max={maximum}
    />
  );
}

function SplitFields({ values, columns, hasTimes, onChange }: SplitFieldsProps) {
  const share = (field: 'validation' | 'test', label: string) => (
    <NumberField
      label={label}
      value={values[field]}
      onChange={(value) => onChange({ [field]: value === '' ? Number.NaN : value })}
      min={0.01}
      max={0.9}
      step={0.05}
      w={130}
    />
  );
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500} id="split-by">
        Split
      </Text>
      <Group gap="sm" align="flex-end">
        <SegmentedControl
          aria-labelledby="split-by"
          data={[
            { value: 'hash', label: 'By content' },
            { value: 'column', label: 'By a column', disabled: values.format === 'images' },
            ...(hasTimes ? [{ value: 'time', label: 'By time' }] : []),
          ]}
          value={values.splitBy}
          onChange={(value) => onChange({ splitBy: value as DatasetValues['splitBy'] })}
        />
        {values.splitBy !== 'column' ? (
          <>
            {share('validation', 'Validation')}
            {share('test', 'Test')}
          </>
        ) : (
          <Select
            label={fixedLabels['/split/column']}
            data={[...columns]}
            value={values.splitColumn || null}
            onChange={(value) => onChange({ splitColumn: value ?? '' })}
            searchable
            required
          />
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {splitHints[values.splitBy]}
      </Text>
    </Stack>
  );
}
