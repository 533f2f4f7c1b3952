import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import type { ChosenColumns } from './use-columns.js';

export function ColumnMenu({ there, columns, ids, choose, reset }: ChosenColumns) {
  return (
    <Popover position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<IconColumns3 size={15} aria-hidden />}>
          Columns {columns.length} of {there.length}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Checkbox.Group value={ids} onChange={choose} aria-label="Columns">
            <Stack gap={8}>
              {there.map(({ id, title }) => (
                <Checkbox key={id} value={id} label={title} size="sm" />
              ))}
            </Stack>
          </Checkbox.Group>
          <Button variant="subtle" size="compact-xs" onClick={reset} disabled={!reset}>
            As many as fit
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
