import { Stack, Textarea, TextInput } from '@mantine/core';
import { ChangeSweep, longestNote, longestSweepName } from '@rankforge/contracts';
import { useState } from 'react';
import { SweepTagsInput } from '../../components/sweep-tags-input.js';
import { changeSweep } from '../../lib/api/sweeps.js';
import { ChangeButtons, type ChangeFormProps } from './change-form.js';
import { type LabelValues, labelChange, labelsOf } from './label-change.js';

/** Asks for another name, other tags and another note. */
export function LabelsForm({ sweep, pending, onSend, onClose }: ChangeFormProps) {
  // The sweep as it was when the form was opened: events read it again meanwhile.
  const [before] = useState(() => labelsOf(sweep));
  const [values, setValues] = useState(before);
  const set = (changed: Partial<LabelValues>) => setValues((now) => ({ ...now, ...changed }));
  const change = ChangeSweep.safeParse(labelChange(before, values));
  const errorOf = (field: string) => change.error?.issues.find(({ path }) => path[0] === field)?.message;
  return (
    <Stack>
      <TextInput
        label="Name"
        maxLength={longestSweepName}
        value={values.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={errorOf('name')}
        data-autofocus
      />
      <SweepTagsInput value={[...values.tags]} onChange={(tags) => set({ tags })} error={errorOf('addTags')} />
      <Textarea
        label="Note"
        description="Plain text, for people"
        autosize
        minRows={4}
        maxRows={14}
        maxLength={longestNote}
        value={values.note}
        onChange={(event) => set({ note: event.currentTarget.value })}
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
