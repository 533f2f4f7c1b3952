import { Button, Group, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';

const anId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** Adds a trial of any sweep to a comparison: by its id, or by the address of its page. */
export function AddTrial({ onAdd }: { onAdd: (id: string) => void }) {
  const [text, setText] = useState('');
  const [isWrong, setWrong] = useState(false);
  function add(event: FormEvent) {
    event.preventDefault();
    const id = anId.exec(text)?.[0].toLowerCase();
    setWrong(id === undefined);
    if (id === undefined) return;
    onAdd(id);
    setText('');
  }
  return (
    <form onSubmit={add}>
      <Group gap="sm" align="flex-start">
        <TextInput
          aria-label="A further trial"
          placeholder="Id or address of a further trial"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={isWrong ? 'Expected the id of a trial, or the address of its page.' : undefined}
          w={300}
          maw="100%"
        />
        <Button type="submit" variant="default" leftSection={<IconPlus size={16} aria-hidden />}>
          Add
        </Button>
      </Group>
    </form>
  );
}
