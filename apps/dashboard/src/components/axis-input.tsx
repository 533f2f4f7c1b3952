import { TagsInput } from '@mantine/core';
import type { ReactNode } from 'react';

const separators = [',', ' ', ';', '\t', '\n'];

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
export function AxisInput({ placeholder, value = [], suggestions, onChange, ...input }: AxisInputProps) {
  return (
    <TagsInput
      {...input}
      value={value}
      onChange={(texts) => onChange(distinctWords(texts))}
      {...(suggestions ? { data: suggestions } : {})}
      {...(value.length === 0 && placeholder ? { placeholder } : {})}
      splitChars={separators}
      acceptValueOnBlur
      clearable
    />
  );
}

/** A list that came whole, by autofill or an input method, is split as if it had been typed. */
function distinctWords(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.split(/[\s,;]+/)).filter(Boolean))];
}
