import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconTrash } from '@tabler/icons-react';
import { Failure } from './feedback.js';

interface DeleteButtonProps {
  /** What is deleted, as its title has it. */
  name: string;
  /** What is lost with it. */
  children: string;
  removal: { mutate: () => void; isPending: boolean; error: Error | null };
  /** Why it cannot be deleted, where it cannot. */
  refused?: string | undefined;
}

/** Deletes after a question; a refusal of the server stands beside it. */
export function DeleteButton({ name, children, removal, refused }: DeleteButtonProps) {
  const [confirming, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTrash size={16} aria-hidden />}
        onClick={open}
        disabled={refused !== undefined}
        title={refused}
      >
        Delete
      </Button>
      <Modal opened={confirming} onClose={close} title={`Delete ${name}?`}>
        <Stack>
          <Text size="sm">{children}</Text>
          {removal.error ? <Failure error={removal.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep
            </Button>
            <Button color="red" loading={removal.isPending} onClick={() => removal.mutate()}>
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
