import { MultiSelect } from '@mantine/core';
import { type TrainingAxis, trainingAxes } from '@rankforge/contracts';
import type { ReactNode } from 'react';
import { AxisInput } from '../../components/axis-input.js';

interface TrainingAxisInputProps {
  name: TrainingAxis;
  /** Said while there is no value. */
  placeholder: string;
  description?: string;
  value?: string[];
  onChange: (value: string[]) => void;
  error?: ReactNode;
}

/** Values of an option of a training: some of a list of words, or any whole numbers. */
export function TrainingAxisInput({ name, placeholder, value = [], ...input }: TrainingAxisInputProps) {
  const { label, usual, suggested } = trainingAxes[name];
  const shown = { ...input, label, value, placeholder: value.length > 0 ? '' : placeholder };
  if (typeof usual === 'number') return <AxisInput {...shown} suggestions={[...suggested]} />;
  return <MultiSelect {...shown} data={[...suggested]} clearable />;
}
