/** @file Which column is what, and how the data is split. */
import { Group, NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { type DatasetValues, objectives, objectivesOf } from './request.js';

interface MappingFieldsProps {
  values: DatasetValues;
  /** Columns of the file, or classes of a folder of images. */
  columns: readonly string[];
  onChange: (change: Partial<DatasetValues>) => void;
}

const columnLabels = { text: 'Text', label: 'Label', prompt: 'Prompt', completion: 'Completion' } as const;

export function MappingFields({ values, columns, onChange }: MappingFieldsProps) {
  const { objective, format } = values;
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Select
          label="What is learned"
          data={objectivesOf(format).map((value) => ({ value, label: objectives[value].label }))}
          value={objective}
          onChange={(value) => value && onChange({ objective: value as DatasetValues['objective'] })}
          allowDeselect={false}
        />
        {objectives[objective].columns.map((field) => (
          <Select
            key={field}
            label={objective === 'regression' && field === 'label' ? 'Number' : columnLabels[field]}
            placeholder="Column"
            data={[...columns]}
            value={values[field] || null}
            onChange={(value) => onChange({ [field]: value ?? '' })}
            searchable
            required
          />
        ))}
        {objective === 'image-classification' ? (
          <Select
            label="Colours"
            data={[
              { value: '3', label: 'Red, green, blue' },
              { value: '1', label: 'Grey' },
            ]}
            value={values.channels}
            onChange={(value) => onChange({ channels: value === '1' ? '1' : '3' })}
            allowDeselect={false}
          />
        ) : null}
      </SimpleGrid>
      <SplitFields values={values} columns={columns} onChange={onChange} />
    </Stack>
  );
}

function SplitFields({ values, columns, onChange }: MappingFieldsProps) {
  const share = (field: 'validation' | 'test', label: string) => (
    <NumberInput
      label={label}
      value={values[field]}
      onChange={(value) => onChange({ [field]: Number(value) })}
      min={0.01}
      max={0.9}
      step={0.05}
      decimalScale={2}
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
          ]}
          value={values.splitBy}
          onChange={(value) => onChange({ splitBy: value === 'column' ? 'column' : 'hash' })}
        />
        {values.splitBy === 'hash' ? (
          <>
            {share('validation', 'Validation')}
            {share('test', 'Test')}
          </>
        ) : (
          <Select
            label="Column that says train, validation or test"
            data={[...columns]}
            value={values.splitColumn || null}
            onChange={(value) => onChange({ splitColumn: value ?? '' })}
            searchable
            required
          />
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {values.splitBy === 'hash'
          ? 'The same on every machine; texts that are nearly equal stay on one side.'
          : 'What stands on two sides is reported.'}
      </Text>
    </Stack>
  );
}
