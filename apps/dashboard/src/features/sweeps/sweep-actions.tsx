import { ActionIcon, Button, Group, Menu, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import type { SweepAction, SweepView } from '@rankforge/contracts';
import {
  IconArrowsSort,
  IconCopy,
  IconDots,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconRefresh,
  IconTag,
  IconTrash,
  IconX,
} from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { MenuLink } from '../../components/links.js';
import { mayAct, meQuery } from '../../lib/api/session.js';
import { actOnSweep, sweepKeys } from '../../lib/api/sweeps.js';
import { trialKeys } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';
import { doneCount } from '../../lib/progress.js';
import { ChangeDialog, type SweepChange } from './change-dialog.js';
import { RemoveDialog } from './remove-dialog.js';

const outcomes: Record<SweepAction, string> = {
  cancel: 'Sweep cancelled',
  pause: 'Sweep paused',
  resume: 'Sweep resumed',
  'retry-failed': 'Failed trials queued again',
  clone: 'Sweep cloned',
};

interface SweepActionsProps {
  sweep: SweepView;
  compact?: boolean;
}

export function SweepActions({ sweep, compact = false }: SweepActionsProps) {
  const me = useQuery(meQuery);
  const client = useQueryClient();
  const [confirming, { open, close }] = useDisclosure(false);
  const [removing, removal] = useDisclosure(false);
  const [changing, setChanging] = useState<SweepChange>();
  const action = useMutation({
    mutationFn: (name: SweepAction) => actOnSweep(sweep.id, name),
    onSuccess: async ({ changed }, name) => {
      notifications.show({
        title: outcomes[name],
        message: changed === 0 ? 'It had been done before; nothing changed.' : `${formatInteger(changed)} changed.`,
      });
      await Promise.all([
        client.invalidateQueries({ queryKey: sweepKeys.all }),
        client.invalidateQueries({ queryKey: trialKeys.all }),
      ]);
    },
    onError: (error) => notifications.show({ color: 'red', title: 'Nothing was changed', message: error.message }),
  });

  if (!me.data || !mayAct(me.data.role, 'submitter')) return null;
  const active = sweep.state === 'RUNNING' || sweep.state === 'PAUSED';

  return (
    <Group gap="xs" wrap="nowrap" justify="flex-end">
      {!compact && sweep.state === 'RUNNING' ? (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          onClick={() => action.mutate('pause')}
          loading={action.isPending}
        >
          Pause
        </Button>
      ) : null}
      {!compact && sweep.state === 'PAUSED' ? (
        <Button
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={() => action.mutate('resume')}
          loading={action.isPending}
        >
          Resume
        </Button>
      ) : null}
      <Menu position="bottom-end" shadow="md" width={220}>
        <Menu.Target>
          <ActionIcon
            variant={compact ? 'subtle' : 'default'}
            color="gray"
            size={compact ? 'md' : 36}
            aria-label={`Actions of ${sweep.name}`}
          >
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {compact && sweep.state === 'RUNNING' ? (
            <Menu.Item leftSection={<IconPlayerPause size={16} aria-hidden />} onClick={() => action.mutate('pause')}>
              Pause
            </Menu.Item>
          ) : null}
          {compact && sweep.state === 'PAUSED' ? (
            <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => action.mutate('resume')}>
              Resume
            </Menu.Item>
          ) : null}
          <Menu.Item
            leftSection={<IconRefresh size={16} aria-hidden />}
            disabled={sweep.trials.FAILED === 0}
            onClick={() => action.mutate('retry-failed')}
          >
            Retry failed ({formatInteger(sweep.trials.FAILED)})
          </Menu.Item>
          <Menu.Item
            leftSection={<IconArrowsSort size={16} aria-hidden />}
            disabled={!active}
            onClick={() => setChanging('priority')}
          >
            Change priority
          </Menu.Item>
          <Menu.Item
            leftSection={<IconPlus size={16} aria-hidden />}
            disabled={sweep.state === 'CANCELLED'}
            onClick={() => setChanging('extend')}
          >
            Extend
          </Menu.Item>
          <Menu.Item leftSection={<IconTag size={16} aria-hidden />} onClick={() => setChanging('labels')}>
            Name, tags, note
          </Menu.Item>
          <MenuLink to="/sweeps/new" search={{ from: sweep.id }} leftSection={<IconCopy size={16} aria-hidden />}>
            Clone and edit
          </MenuLink>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconX size={16} aria-hidden />} disabled={!active} onClick={open}>
            Cancel sweep
          </Menu.Item>
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={16} aria-hidden />}
            disabled={active}
            title={active ? 'Cancel it first' : undefined}
            onClick={removal.open}
          >
            Remove sweep
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ChangeDialog sweep={sweep} change={changing} onClose={() => setChanging(undefined)} />
      <RemoveDialog sweep={sweep} opened={removing} onClose={removal.close} leaves={!compact} />
      <Modal opened={confirming} onClose={close} title={`Cancel “${sweep.name}”?`} centered>
        <Stack>
          <Text size="sm" ta="left">
            {formatInteger(sweep.total - doneCount(sweep.trials))} trials will not finish. Results that are there
            already stay. A cancelled sweep cannot be resumed, only cloned.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Keep running
            </Button>
            <Button
              color="red"
              onClick={() => {
                close();
                action.mutate('cancel');
              }}
            >
              Cancel sweep
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
