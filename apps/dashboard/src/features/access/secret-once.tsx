import { Button, Code, CopyButton, Group, Modal, Stack, Text } from '@mantine/core';

/** A secret that the server does not show again: it lies over the page until it is hidden on purpose. */
export function SecretOnce({ what, secret, onDone }: { what: string; secret: string; onDone: () => void }) {
  return (
    <Modal
      opened
      onClose={onDone}
      title={what}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack>
        <Text size="sm">Copy it now: it is not shown again.</Text>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {secret}
        </Code>
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Hide
          </Button>
          <CopyButton value={secret}>
            {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
          </CopyButton>
        </Group>
      </Stack>
    </Modal>
  );
}
