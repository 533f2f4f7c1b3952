import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

interface SearchFieldProps {
  label: string;
  placeholder: string;
  maxLength: number;
  /** The text that is searched for; empty for none. */
  value: string;
  onSettle: (text: string) => void;
}

/** Time without a key after which a text is searched for: browsers refuse an address that is written at every key. */
const settlesAfterMs = 400;

/** A field whose text is told once typing has paused. A value that comes from elsewhere, as by a link, replaces its text. */
export function SearchField({ label, placeholder, maxLength, value, onSettle }: SearchFieldProps) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const [told, setTold] = useState(value);
  const tell = useDebouncedCallback((next: string) => {
    setTold(next);
    onSettle(next);
  }, settlesAfterMs);
  if (seen !== value) {
    setSeen(value);
    if (told !== value) {
      setText(value);
      setTold(value);
    }
  }
  const change = (next: string) => {
    setText(next);
    tell(next.trim());
  };
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={placeholder}
      maxLength={maxLength}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={text === '' ? null : <CloseButton size="sm" aria-label="Clear" onClick={() => change('')} />}
      w={280}
      maw="100%"
    />
  );
}
