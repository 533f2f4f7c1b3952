import { Combobox, Group, Kbd, Modal, Text, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { longestSweepName } from '@rankforge/contracts';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import classes from './search-dialog.module.css';
import { useEntries } from './use-entries.js';

interface SearchDialogProps {
  onClose: () => void;
  showKeys: () => void;
}

/** Time without a key after which the server is asked. */
const settlesAfterMs = 150;

/** Finds sweeps, trials, methods, data, pages and commands as one types, and opens the one that is chosen. */
export function SearchDialog({ onClose, showKeys }: SearchDialogProps) {
  const [text, setText] = useState('');
  const trimmed = text.trim();
  const [settled] = useDebouncedValue(trimmed, settlesAfterMs);
  const { kinds, errors } = useEntries(trimmed, settled, showKeys);
  const combobox = useCombobox({ opened: true });
  const shown = kinds.flatMap(({ entries }) => entries.map(({ id }) => id)).join('\n');
  // The first of each list that is shown is marked.
  useEffect(() => {
    combobox.selectFirstOption();
  }, [shown]);

  function open(id: string) {
    const entry = kinds.flatMap(({ entries }) => entries).find((each) => each.id === id);
    if (!entry) return;
    onClose();
    void entry.open();
  }

  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      size="lg"
      padding={0}
      yOffset="8vh"
      attributes={{ content: { 'aria-label': 'Search everything' } }}
    >
      <Combobox store={combobox} onOptionSubmit={open}>
        <Combobox.EventsTarget withExpandedAttribute>
          <TextInput
            data-autofocus
            variant="unstyled"
            size="md"
            px="md"
            py={4}
            aria-label="Search everything"
            placeholder="A sweep, lora r8 failed, a method, data, a page, a command"
            maxLength={longestSweepName}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') onClose();
            }}
            leftSection={<IconSearch size={18} stroke={1.7} aria-hidden />}
            leftSectionPointerEvents="none"
          />
        </Combobox.EventsTarget>
        <Combobox.Options aria-label="Found" className={classes.found}>
          {kinds.map(({ name, entries }) => (
            <Combobox.Group key={name} label={name}>
              {entries.map(({ id, label, detail }) => (
                <Combobox.Option key={id} value={id} className={classes.entry}>
                  <Group justify="space-between" gap="sm" wrap="nowrap">
                    <Text size="sm" truncate>
                      {label}
                    </Text>
                    {detail ? (
                      <Text size="xs" className={classes.detail} truncate>
                        {detail}
                      </Text>
                    ) : null}
                  </Group>
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ))}
          {kinds.length === 0 ? <Combobox.Empty>Nothing is called so</Combobox.Empty> : null}
        </Combobox.Options>
        {errors.map((error) => (
          <Text key={error.message} size="sm" role="alert" c="var(--mantine-color-error)" px="md" py={6}>
            {error.message}
          </Text>
        ))}
        <Group
          gap="md"
          px="md"
          py={8}
          c="dimmed"
          fz="xs"
          visibleFrom="sm"
          style={{ borderTop: '1px solid var(--rf-border)' }}
        >
          <span>
            <Kbd size="xs">↑</Kbd> <Kbd size="xs">↓</Kbd> choose
          </span>
          <span>
            <Kbd size="xs">Enter</Kbd> open
          </span>
          <span>
            <Kbd size="xs">Esc</Kbd> close
          </span>
        </Group>
      </Combobox>
    </Modal>
  );
}
