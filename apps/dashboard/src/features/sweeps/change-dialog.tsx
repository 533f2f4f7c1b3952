import { Button, Group, Modal, Stack, TagsInput, Text } from '@mantine/core';
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
import { useState } from 'react';
import { NumberField } from '../../components/number-field.js';
import { extendSweep, prioritizeSweep, sweepKeys } from '../../lib/api/sweeps.js';
import { trialKeys } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';
import { mistakeIn, numberIn } from '../../lib/mistake.js';

interface ChangeDialogProps {
  sweep: SweepView;
  /** What is changed; undefined while the dialog is closed. */
  change: 'priority' | 'extend' | undefined;
  onClose: () => void;
}

/** Asks for another priority, or for further values of the axes. */
export function ChangeDialog({ sweep, change, onClose }: ChangeDialogProps) {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: (send: () => Promise<SweepActionResult>) => send(),
    onSuccess: async ({ changed, sweep: { priority, total } }) => {
      const done = change === 'priority' ? `Priority ${priority}` : `${formatInteger(total)} trials in all`;
      notifications.show({
        title: 'Sweep changed',
        message: changed === 0 ? 'It was so before; nothing changed.' : `${done}.`,
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
    <Modal
      opened={change !== undefined}
      onClose={onClose}
      centered
      title={change === 'priority' ? `Priority of “${sweep.name}”` : `Extend “${sweep.name}”`}
    >
      {change === 'priority' ? <PriorityForm {...form} /> : <ExtendForm {...form} />}
    </Modal>
  );
}

interface FormProps {
  sweep: SweepView;
  pending: boolean;
  onSend: (send: () => Promise<SweepActionResult>) => void;
  onClose: () => void;
}

function PriorityForm({ sweep, pending, onSend, onClose }: FormProps) {
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
      <Buttons
        pending={pending}
        disabled={mistake !== undefined}
        onSend={() => onSend(() => prioritizeSweep(sweep.id, Number(priority)))}
        onClose={onClose}
      />
    </Stack>
  );
}

function ExtendForm({ sweep, pending, onSend, onClose }: FormProps) {
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
      <Buttons
        pending={pending}
        disabled={!more.success}
        onSend={() => more.success && onSend(() => extendSweep(sweep.id, more.data))}
        onClose={onClose}
      />
    </Stack>
  );
}

interface ButtonsProps {
  pending: boolean;
  disabled: boolean;
  onSend: () => void;
  onClose: () => void;
}

function Buttons({ pending, disabled, onSend, onClose }: ButtonsProps) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose}>
        Leave it
      </Button>
      <Button disabled={disabled} loading={pending} onClick={onSend}>
        Change sweep
      </Button>
    </Group>
  );
}
