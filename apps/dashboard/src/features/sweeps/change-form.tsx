/** @file Parts that the forms of the changes of a sweep share. */
import { Button, Group } from '@mantine/core';
import type { SweepActionResult, SweepView } from '@rankforge/contracts';

export interface ChangeFormProps {
  sweep: SweepView;
  pending: boolean;
  onSend: (send: () => Promise<SweepActionResult>) => void;
  onClose: () => void;
}

interface ChangeButtonsProps {
  pending: boolean;
  disabled: boolean;
  onSend: () => void;
  onClose: () => void;
}

export function ChangeButtons({ pending, disabled, onSend, onClose }: ChangeButtonsProps) {
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
