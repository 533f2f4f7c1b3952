import { Modal, Stack, TagsInput, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import {
  ChangePriority,
  ExtendSweep,
  type SweepActionResult,
  type SweepAxis,
  type SweepView,
  sweepAxes,
  sweepAxisNames,
} from '@rankforge/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { NumberField } from '../../components/number-field.js';
import { extendSweep, prioritizeSweep, sweepKeys } from '../../lib/api/sweeps.js';
import { trialKeys } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';
import { mistakeIn, numberIn } from '../../lib/mistake.js';
import { ChangeButtons, type ChangeFormProps } from './change-form.js';
import { LabelsForm } from './labels-form.js';

/** Things of a sweep that can be changed. */
export type SweepChange = 'priority' | 'extend' | 'labels';

interface Change {
  title: (name: string) => string;
  Form: (props: ChangeFormProps) => ReactNode;
  /** Says what is so now. */
  done: (sweep: SweepView) => string;
}

const changes: Record<SweepChange, Change> = {
  priority: {
    title: (name) => `Priority of “${name}”`,
    Form: PriorityForm,
    done: ({ priority }) => `Priority ${priority}.`,
  },
  extend: {
    title: (name) => `Extend “${name}”`,
    Form: ExtendForm,
    done: ({ total }) => `${formatInteger(total)} trials in all.`,
  },
  labels: {
    title: (name) => `Name, tags and note of “${name}”`,
    Form: LabelsForm,
    done: ({ name }) => `${name} is stored.`,
  },
};

interface ChangeDialogProps {
  sweep: SweepView;
  /** What is changed; undefined while the dialog is closed. */
  change: SweepChange | undefined;
  onClose: () => void;
}

/** Asks for another priority, for further values of the axes, or for another name, tags and note. */
export function ChangeDialog({ sweep, change, onClose }: ChangeDialogProps) {
  const client = useQueryClient();
  const kind = change && changes[change];
  const mutation = useMutation({
    mutationFn: (send: () => Promise<SweepActionResult>) => send(),
    onSuccess: async ({ changed, sweep: now }) => {
      notifications.show({
        title: 'Sweep changed',
        message: changed === 0 ? 'It was so before; nothing changed.' : kind?.done(now),
      });
      onClose();
      await Promise.all([
        client.invalidateQueries({ queryKey: sweepKeys.all }),
        client.invalidateQueries({ queryKey: trialKeys.all }),
      ]);
    },
    onError: (error) => notifications.show({ color: 'red', title: 'Nothing was changed', message: error.message }),
  });
  const form = { sweep, onClose, pending: mutation.isPending, onSend: mutation.mutate };
  return (
    <Modal opened={change !== undefined} onClose={onClose} centered title={kind?.title(sweep.name)}>
      {kind ? <kind.Form {...form} /> : null}
    </Modal>
  );
}

function PriorityForm({ sweep, pending, onSend, onClose }: ChangeFormProps) {
  const [priority, setPriority] = useState<number | ''>(sweep.priority);
  const mistake = mistakeIn(ChangePriority.shape.priority, numberIn(priority));
  return (
    <Stack>
      <NumberField
        label="Priority"
        description="0 to 100; larger runs first. Trials that run go on."
        min={0}
        max={100}
        value={priority}
        onChange={setPriority}
        error={priority === '' ? undefined : mistake}
        data-autofocus
      />
      <ChangeButtons
        pending={pending}
        disabled={mistake !== undefined}
        onSend={() => onSend(() => prioritizeSweep(sweep.id, Number(priority)))}
        onClose={onClose}
      />
    </Stack>
  );
}

function ExtendForm({ sweep, pending, onSend, onClose }: ChangeFormProps) {
  const [values, setValues] = useState<Partial<Record<SweepAxis, string[]>>>({});
  const given = Object.entries(values).filter(([, list]) => list.length > 0);
  const more = ExtendSweep.safeParse(Object.fromEntries(given.map(([name, list]) => [name, list.map(Number)])));
  const errorOf = (name: string) => more.error?.issues.find(({ path }) => path[0] === name)?.message;
  return (
    <Stack>
      <Text size="sm">What is known already is not run again.</Text>
      {sweepAxisNames.map((name) => (
        <TagsInput
          key={name}
          label={`Further ${sweepAxes[name].label}`}
          placeholder="Number, then Enter"
          value={values[name] ?? []}
          onChange={(list) => setValues((before) => ({ ...before, [name]: list }))}
          error={errorOf(name)}
          splitChars={[',', ' ']}
        />
      ))}
      <ChangeButtons
        pending={pending}
        disabled={!more.success}
        onSend={() => more.success && onSend(() => extendSweep(sweep.id, more.data))}
        onClose={onClose}
      />
    </Stack>
  );
}
