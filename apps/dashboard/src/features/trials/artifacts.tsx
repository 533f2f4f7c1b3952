import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import type { ArtifactView } from '@rankforge/contracts';
import { IconDownload } from '@tabler/icons-react';
import { artifactUrl } from '../../lib/api/trials.js';
import { formatBytes, formatInteger } from '../../lib/format.js';

const kinds: Record<ArtifactView['kind'], string> = { adapter: 'Adapter', checkpoint: 'Checkpoint' };

export function Artifacts({ artifacts }: { artifacts: ArtifactView[] }) {
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
                component="a"
                href={artifactUrl(artifact.id)}
                download
                size="xs"
                variant={artifact.kind === 'adapter' ? 'filled' : 'default'}
                leftSection={<IconDownload size={14} aria-hidden />}
              >
                Download {artifact.kind}
              </Button>
            </Group>
          ))}
        </Stack>
      )}
    </Paper>
  );
}
