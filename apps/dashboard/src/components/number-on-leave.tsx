import { useState } from 'react';
import type { z } from 'zod';
import { mistakeIn, numberIn } from '../lib/mistake.js';
import { NumberField, type NumberFieldProps } from './number-field.js';

interface NumberOnLeaveProps extends Omit<NumberFieldProps, 'value' | 'onChange' | 'onBlur' | 'onKeyDown' | 'error'> {
  /** Null: none. */
  value: number | null;
  /** Numbers that are taken; another stays in the input with its mistake. */
  schema: z.ZodType<number | null>;
  /** Is given what was typed, where it is another number. */
  onSettle: (value: number | null) => void;
}

/** A number that is handed over when it is typed to its end: at Enter, and when the input is left. */
export function NumberOnLeave({ value, schema, onSettle, ...props }: NumberOnLeaveProps) {
  const [typed, setTyped] = useState<number | ''>();
  const [mistake, setMistake] = useState<string>();
  const [known, setKnown] = useState(value);
  const type = (next: number | '' | undefined, wrong?: string) => {
    setTyped(next);
    setMistake(wrong);
  };
  // A value that came since counts for more than what was typed over the one before.
  if (known !== value) {
    setKnown(value);
    type(undefined);
  }
  const settle = () => {
    if (typed === undefined) return;
    const next = numberIn(typed);
    const wrong = mistakeIn(schema, next);
    if (wrong !== undefined) return type(typed, wrong);
    type(undefined);
    if (next !== value) onSettle(next);
  };
  return (
    <NumberField
      {...props}
      value={typed ?? value ?? ''}
      onChange={(next) => type(next)}
      error={mistake}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }}
    />
  );
}
