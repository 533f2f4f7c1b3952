import { MultiSelect } from '@mantine/core';
import type { ReactNode } from 'react';
import { AxisInput } from '../../components/axis-input.js';
import type { SchemaField } from './schema-fields.js';

interface SchemaFieldInputProps {
  field: SchemaField;
  value: string[];
  onChange: (value: string[]) => void;
  error: ReactNode;
}

export function SchemaFieldInput({ field, value, onChange, error }: SchemaFieldInputProps) {
  const description = [field.description, field.range].filter(Boolean).join('; ');
  const placeholder = field.fallback === undefined ? 'Default' : `Default ${field.fallback}`;
  if (field.kind === 'choice') {
    return (
      <MultiSelect
        label={field.label}
        description={description}
        data={field.options}
        value={value}
        onChange={onChange}
        error={error}
        clearable
        {...(value.length === 0 ? { placeholder } : {})}
      />
    );
  }
  return (
    <AxisInput
      label={field.label}
      description={description}
      placeholder={placeholder}
      value={value}
      onChange={onChange}
      error={error}
    />
  );
}
