import { NumberInput, type NumberInputProps } from '@mantine/core';
import { useState } from 'react';

interface NumberOnLeaveProps extends Omit<NumberInputProps, 'value' | 'onChange' | 'onBlur' | 'onKeyDown'> {
  /** Null: none. */
  value: number | null;
  /** Is given what was typed, where it is another number. */
  onSettle: (value: number | null) => void;
}

/** A number that is handed over when it is typed to its end: at Enter, and when the input is left. */
export function NumberOnLeave({ value, onSettle, ...props }: NumberOnLeaveProps) {
  const [typed, setTyped] = useState<number | string>();
  const [known, setKnown] = useState(value);
  // A value that came since counts for more than what was typed over the one before.
  if (known !== value) {
    setKnown(value);
    setTyped(undefined);
  }
  const settle = () => {
    if (typed === undefined) return;
    const next = typeof typed === 'number' ? typed : null;
    if (next !== value) onSettle(next);
  };
  return (
    <NumberInput
      {...props}
      value={typed ?? value ?? ''}
      onChange={setTyped}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === 'Enter') settle();
      }}
    />
  );
}
