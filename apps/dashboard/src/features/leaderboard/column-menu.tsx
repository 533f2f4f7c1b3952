import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { boardColumns } from './columns.js';
import type { ChosenColumns } from './use-columns.js';

export function ColumnMenu({ columns, ids, choose, reset }: ChosenColumns) {
  return (
    <Popover position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<IconColumns3 size={15} aria-hidden />}>
          Columns {columns.length} of {boardColumns.length}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Checkbox.Group value={ids} onChange={choose} aria-label="Columns">
            <Stack gap={8}>
              {boardColumns.map(({ id, title }) => (
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
