import { TagsInput } from '@mantine/core';
import type { ReactNode } from 'react';

interface AxisInputProps {
  label: string;
  description?: ReactNode;
  placeholder?: string;
  value?: string[];
  onChange: (value: string[]) => void;
  error?: ReactNode;
  required?: boolean;
  suggestions?: string[];
}

/** Values of an axis: typed one after another, or pasted as a list. Order is kept, a value stands once. */
export function AxisInput({ placeholder, value = [], suggestions, ...input }: AxisInputProps) {
  return (
    <TagsInput
      {...input}
      value={value}
      {...(suggestions ? { data: suggestions } : {})}
      {...(value.length === 0 && placeholder ? { placeholder } : {})}
      splitChars={[',', ' ', ';', '\t', '\n']}
      acceptValueOnBlur
      clearable
    />
  );
}
