import { Button, Code, Group, Paper, Stack, Text } from '@mantine/core';
import type { AdapterFormat, Servability, TrialDetail } from '@rankforge/contracts';
import { IconDownload, IconMessagePlus } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Failure } from '../../components/feedback.js';
import { ButtonLink } from '../../components/links.js';
import { downloadAdapter } from '../../lib/api/trials.js';
import { saveFile } from '../../lib/save-file.js';

const described: Record<AdapterFormat, { label: string; hint: string }> = {
  peft: { label: 'Python peft', hint: 'Folder for PeftModel.from_pretrained, as a tar archive' },
  merged: { label: 'Merged model', hint: 'The base with the adapter in its weights, as a Hugging Face folder' },
  native: { label: 'Native', hint: 'The one file that this library reads' },
};

/** The trained adapter in every format that it can leave in, as a generator, and whether vLLM serves it. */
export function AdapterDownloads({ trial }: { trial: TrialDetail }) {
  const download = useMutation({
    mutationFn: async (format: AdapterFormat) => saveFile(await downloadAdapter(trial.id, format)),
  });
  const { formats } = trial;
  if (formats.length === 0) return null;
  return (
    <Paper>
      <Stack gap="sm">
        <Group gap="xs">
          {formats.map((format) => (
            <Button
              key={format}
              size="xs"
              variant={format === formats[0] ? 'filled' : 'default'}
              leftSection={<IconDownload size={14} aria-hidden />}
              title={described[format].hint}
              loading={download.isPending && download.variables === format}
              disabled={download.isPending}
              onClick={() => download.mutate(format)}
            >
              {described[format].label}
            </Button>
          ))}
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
        </Group>
        {download.error ? <Failure error={download.error} /> : null}
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
