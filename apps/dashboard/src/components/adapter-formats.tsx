import { Button, Group, Stack } from '@mantine/core';
import type { AdapterFormat } from '@rankforge/contracts';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { downloadAdapter } from '../lib/api/trials.js';
import { saveFile } from '../lib/save-file.js';
import { Failure } from './feedback.js';

const described: Record<AdapterFormat, { label: string; hint: string }> = {
  peft: { label: 'Python peft', hint: 'Folder for PeftModel.from_pretrained, as a tar archive' },
  merged: { label: 'Merged model', hint: 'The base with the adapter in its weights, as a Hugging Face folder' },
  native: { label: 'Native', hint: 'The one file that this library reads' },
};

interface AdapterFormatsProps {
  trialId: string;
  /** The one to offer first in front. */
  formats: readonly AdapterFormat[];
  /** Stands beside the buttons. */
  children?: ReactNode;
}

/** A button for each format in which the adapter of a trial can be had. */
export function AdapterFormats({ trialId, formats, children }: AdapterFormatsProps) {
  const download = useMutation({
    mutationFn: async (format: AdapterFormat) => saveFile(await downloadAdapter(trialId, format)),
  });
  return (
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
        {children}
      </Group>
      {download.error ? <Failure error={download.error} /> : null}
    </Stack>
  );
}
