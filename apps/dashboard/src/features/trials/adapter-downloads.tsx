import { Code, Paper, Stack, Text } from '@mantine/core';
import type { Servability, TrialDetail } from '@rankforge/contracts';
import { IconMessagePlus } from '@tabler/icons-react';
import { AdapterFormats } from '../../components/adapter-formats.js';
import { ButtonLink } from '../../components/links.js';

/** The trained adapter in every format that it can leave in, as a generator, and whether vLLM serves it. */
export function AdapterDownloads({ trial }: { trial: TrialDetail }) {
  const { formats } = trial;
  if (formats.length === 0) return null;
  return (
    <Paper>
      <Stack gap="sm">
        <AdapterFormats trialId={trial.id} formats={formats}>
          {trial.state === 'SUCCEEDED' && trial.writes ? (
            <ButtonLink
              to="/generators/new"
              search={{ trial: trial.id }}
              size="xs"
              variant="default"
              leftSection={<IconMessagePlus size={14} aria-hidden />}
              title="Its base with the adapter writes for procedures of evaluations"
            >
              Add as a generator
            </ButtonLink>
          ) : null}
        </AdapterFormats>
        {trial.servable ? <Serving {...trial.servable} /> : null}
      </Stack>
    </Paper>
  );
}

function Serving({ servable, reasons, maxLoraRank }: Servability) {
  if (servable) {
    return (
      <Text size="sm">
        vLLM serves it in the format of peft: <Code>--enable-lora --max-lora-rank {maxLoraRank}</Code>
      </Text>
    );
  }
  return (
    <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      vLLM does not serve it: {reasons.join('; ')}.
    </Text>
  );
}
