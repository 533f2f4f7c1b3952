import { Stack, Textarea, TextInput } from '@mantine/core';
import { ChangeSweep, longestNote, longestSweepName } from '@rankforge/contracts';
import { useState } from 'react';
import { SweepTagsInput } from '../../components/sweep-tags-input.js';
import { changeSweep } from '../../lib/api/sweeps.js';
import { ChangeButtons, type ChangeFormProps } from './change-form.js';

/** Asks for another name, other tags and another note; what was not touched is not sent. */
export function LabelsForm({ sweep, pending, onSend, onClose }: ChangeFormProps) {
  const [name, setName] = useState(sweep.name);
  const [tags, setTags] = useState(sweep.tags);
  const [note, setNote] = useState(sweep.note ?? '');
  const change = ChangeSweep.safeParse({
    ...(name !== sweep.name && { name }),
    ...(tags.join() !== sweep.tags.join() && { tags }),
    ...(note !== (sweep.note ?? '') && { note }),
  });
  const errorOf = (field: string) => change.error?.issues.find(({ path }) => path[0] === field)?.message;
  return (
    <Stack>
      <TextInput
        label="Name"
        maxLength={longestSweepName}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={errorOf('name')}
        data-autofocus
      />
      <SweepTagsInput value={tags} onChange={setTags} error={errorOf('tags')} />
      <Textarea
        label="Note"
        description="Plain text, for people"
        autosize
        minRows={4}
        maxRows={14}
        maxLength={longestNote}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        error={errorOf('note')}
      />
      <ChangeButtons
        pending={pending}
        disabled={!change.success}
        onSend={() => change.success && onSend(() => changeSweep(sweep.id, change.data))}
        onClose={onClose}
      />
    </Stack>
  );
}
