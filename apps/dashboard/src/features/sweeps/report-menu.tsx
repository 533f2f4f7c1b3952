import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ReportFormat } from '@rankforge/contracts';
import { IconFileText } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { downloadReport } from '../../lib/api/sweeps.js';
import { saveFile } from '../../lib/save-file.js';

const labels: Record<ReportFormat, string> = {
  html: 'HTML: one page, to open or print',
  md: 'Markdown: for a repository or a wiki',
};

/** Saves a report of the sweep, for people who have no key. */
export function ReportMenu({ sweepId }: { sweepId: string }) {
  const saving = useMutation({
    mutationFn: (format: ReportFormat) => downloadReport(sweepId, format),
    onSuccess: saveFile,
    onError: (error) => notifications.show({ color: 'red', title: 'No report was saved', message: error.message }),
  });
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button variant="default" leftSection={<IconFileText size={16} aria-hidden />} loading={saving.isPending}>
          Report
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(labels) as ReportFormat[]).map((format) => (
          <Menu.Item key={format} onClick={() => saving.mutate(format)}>
            {labels[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
