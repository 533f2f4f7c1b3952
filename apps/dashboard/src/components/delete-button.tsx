import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconTrash } from '@tabler/icons-react';
import { Failure } from './feedback.js';

interface DeleteButtonProps {
  /** The thing that is deleted or revoked, as its title has it. */
  name: string;
  /** Default: delete. */
  verb?: 'Delete' | 'Revoke';
  /** Small, red and named after what it acts on, as among the buttons of a row. */
  compact?: boolean;
  /** What is lost with it. */
  children: string;
  removal: { mutate: () => void; isPending: boolean; error: Error | null };
  /** Why it cannot be deleted, where it cannot. */
  refused?: string | undefined;
}

/** Deletes, or revokes, after a question; a refusal of the server stands beside it. */
export function DeleteButton({ name, children, removal, refused, verb = 'Delete', compact }: DeleteButtonProps) {
  const [confirming, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        {...(compact
          ? { size: 'xs', color: 'red', variant: 'light', 'aria-label': `${verb} ${name}` }
          : { variant: 'default', leftSection: <IconTrash size={16} aria-hidden /> })}
        onClick={open}
        disabled={refused !== undefined}
        title={refused}
      >
        {verb}
      </Button>
      <Modal opened={confirming} onClose={close} title={`${verb} ${name}?`}>
        <Stack>
          <Text size="sm">{children}</Text>
          {removal.error ? <Failure error={removal.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep
            </Button>
            <Button color="red" loading={removal.isPending} onClick={() => removal.mutate()}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
