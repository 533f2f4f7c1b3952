import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type KeyView, RotateKey } from '@rankforge/contracts';
import { useState } from 'react';
import { NumberField } from '../../components/number-field.js';
import { rotateKey } from '../../lib/api/access.js';
import { mistakeIn, numberIn } from '../../lib/mistake.js';
import { showSecret } from './shown-secrets.js';
import { useChange } from './use-change.js';

/** Gives a key a new secret, after a question: how long the old one still works. */
export function RotateButton({ apiKey }: { apiKey: KeyView }) {
  const [asking, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="xs" variant="default" aria-label={`Rotate ${apiKey.name}`} onClick={open}>
        Rotate
      </Button>
      <Modal opened={asking} onClose={close} title={`Rotate ${apiKey.name}?`}>
        <Question apiKey={apiKey} onClose={close} />
      </Modal>
    </>
  );
}

function Question({ apiKey, onClose }: { apiKey: KeyView; onClose: () => void }) {
  const [typed, setTyped] = useState<number | ''>(24);
  const rotate = useChange((overlapHours: number) => rotateKey(apiKey, { overlapHours }), ['keys'], {
    onDone: ({ secret }) => showSecret({ what: `New secret of ${apiKey.name}`, secret }),
  });
  const overlapHours = numberIn(typed);
  const mistake = mistakeIn(RotateKey.shape.overlapHours.unwrap(), overlapHours);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (mistake !== undefined) return;
        rotate.mutate(Number(overlapHours), { onSuccess: onClose });
      }}
    >
      <Stack>
        <Text size="sm">The key gets a new secret, which is shown once. Whatever uses the key needs it.</Text>
        <NumberField
          label="Overlap of a rotation"
          description="Hours for which the old secret still works; 0 ends it at once"
          value={typed}
          onChange={setTyped}
          min={0}
          error={typed === '' ? undefined : mistake}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep
          </Button>
          <Button type="submit" loading={rotate.isPending} disabled={mistake !== undefined}>
            Rotate
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
