import { TextInput, type TextInputProps, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { type KeyboardEvent, type RefObject, useRef, useState } from 'react';
import { numberOf, stepped, wrongNumberText } from '../lib/number-text.js';
import classes from './number-field.module.css';

export interface NumberFieldProps extends Omit<TextInputProps, 'value' | 'defaultValue' | 'onChange'> {
  /** '' is none, and NaN stands for a text that is no number. */
  value?: number | '';
  onChange?: (value: number | '') => void;
  min?: number;
  max?: number;
  step?: number;
}

/**
 * An input of a number, which is read as it is written: `1e-4` too. A text that is no number, or is out of range, stays as it was
 * typed, and what is wrong is said beside it once the input is left.
 */
export function NumberField(props: NumberFieldProps) {
  const { value = '', onChange, min, max, step = 1, error, onFocus, onBlur, onKeyDown, ...input } = props;
  const [typed, setTyped] = useState<string>();
  const [known, setKnown] = useState(value);
  const [isTyping, setIsTyping] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  // A value from elsewhere counts for more than what was typed before.
  if (!Object.is(known, value)) {
    setKnown(value);
    if (typed !== undefined && !Object.is(numberOf(typed), value)) setTyped(undefined);
  }
  const text = typed ?? (Number.isNaN(value) ? '' : String(value));
  const type = (next: string) => {
    setTyped(next);
    onChange?.(numberOf(next));
  };
  const go = (by: number) => {
    const from = numberOf(text);
    if (!Number.isNaN(from)) type(String(from === '' ? stepped(0, 0, { min, max }) : stepped(from, by, { min, max })));
  };
  const arrows = (event: KeyboardEvent<HTMLInputElement>) => {
    onKeyDown?.(event);
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    go(event.key === 'ArrowUp' ? step : -step);
  };
  return (
    <TextInput
      inputMode="decimal"
      autoComplete="off"
      rightSection={input.disabled ? null : <Steps field={field} onStep={(sign) => go(sign * step)} />}
      {...input}
      ref={field}
      value={text}
      error={error ?? (isTyping ? undefined : wrongNumberText(text, { min, max }))}
      onChange={(event) => type(event.currentTarget.value)}
      onKeyDown={arrows}
      onFocus={(event) => {
        setIsTyping(true);
        onFocus?.(event);
      }}
      onBlur={(event) => {
        setIsTyping(false);
        onBlur?.(event);
      }}
    />
  );
}

interface StepsProps {
  field: RefObject<HTMLInputElement | null>;
  onStep: (sign: 1 | -1) => void;
}

/** For a mouse: a keyboard has its arrows. */
function Steps({ field, onStep }: StepsProps) {
  const step = (sign: 1 | -1, Icon: typeof IconChevronUp) => (
    <UnstyledButton
      className={classes.step}
      tabIndex={-1}
      aria-hidden
      // The input has the focus, so that the number is taken as a typed one is when it is left.
      onMouseDown={(event) => {
        event.preventDefault();
        field.current?.focus();
      }}
      onClick={() => onStep(sign)}
    >
      <Icon size={10} aria-hidden />
    </UnstyledButton>
  );
  return (
    <div className={classes.steps}>
      {step(1, IconChevronUp)}
      {step(-1, IconChevronDown)}
    </div>
  );
}
