import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import type { ArtifactView } from '@rankforge/contracts';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Failure } from '../../components/feedback.js';
import { downloadArtifact } from '../../lib/api/trials.js';
import { formatBytes, formatInteger } from '../../lib/format.js';
import { saveFile } from '../../lib/save-file.js';

const kinds: Record<ArtifactView['kind'], string> = {
  adapter: 'Adapter',
  checkpoint: 'Checkpoint',
  turn: 'Message',
  answers: 'Answers',
  orders: 'Orders',
  texts: 'Texts of a generator',
  places: 'Places',
  scores: 'Scores of a script',
};

export function Artifacts({ artifacts }: { artifacts: ArtifactView[] }) {
  const saving = useMutation({ mutationFn: async (id: string) => saveFile(await downloadArtifact(id)) });
  return (
    <Paper>
      {artifacts.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing is kept yet: checkpoints come while it trains, the adapter at its end.
        </Text>
      ) : (
        <Stack gap="sm">
          {artifacts.map((artifact) => (
            <Group key={artifact.id} justify="space-between" gap="sm">
              <div style={{ minWidth: 0 }}>
                <Text size="sm" fw={600}>
                  {kinds[artifact.kind]}, step {formatInteger(artifact.step)}
                </Text>
                <Text size="xs" c="dimmed" className="rf-mono" title={artifact.sha256}>
                  {formatBytes(artifact.bytes)} · sha256 {artifact.sha256.slice(0, 12)}…
                </Text>
              </div>
              <Button
                loading={saving.isPending && saving.variables === artifact.id}
                disabled={saving.isPending}
                onClick={() => saving.mutate(artifact.id)}
                size="xs"
                variant={artifact.kind === 'adapter' ? 'filled' : 'default'}
                leftSection={<IconDownload size={14} aria-hidden />}
              >
                Download {artifact.kind}
              </Button>
            </Group>
          ))}
          {saving.error ? <Failure error={saving.error} /> : null}
        </Stack>
      )}
    </Paper>
  );
}
