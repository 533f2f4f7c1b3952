import { Button, Code, CopyButton, Group, Modal, Stack, Text } from '@mantine/core';
import { hideSecret, type ShownSecret, useShownSecret } from './shown-secrets.js';

/** A secret that the server does not show again: it lies over every page until it is hidden on purpose. */
export function SecretOnce() {
  const shown = useShownSecret();
  return shown ? <Secret key={shown.secret} {...shown} /> : null;
}

function Secret({ what, secret }: ShownSecret) {
  return (
    <Modal
      opened
      onClose={hideSecret}
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
          <Button variant="default" onClick={hideSecret}>
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
