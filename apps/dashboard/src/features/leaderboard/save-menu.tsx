import { Button, Menu } from '@mantine/core';
import {
  type BoardFormat,
  boardExport,
  boardFileName,
  type Leaderboard,
  type LeaderboardQuery,
} from '@rankforge/contracts';
import { IconDownload } from '@tabler/icons-react';
import { saveFile } from '../../lib/save-file.js';

interface SavedAs {
  label: string;
  about: string;
  extension: string;
  type: string;
}

const files: Record<BoardFormat, SavedAs> = {
  csv: { label: 'CSV', about: 'every column, for programs', extension: 'csv', type: 'text/csv' },
  markdown: { label: 'Markdown', about: 'a table to read', extension: 'md', type: 'text/markdown' },
  latex: { label: 'LaTeX', about: 'a table for a paper', extension: 'tex', type: 'application/x-tex' },
};

/** Saves the board that is shown, all of its rows. */
export function SaveMenu({ board, by }: { board: Leaderboard; by: LeaderboardQuery['by'] }) {
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconDownload size={15} aria-hidden />}>
          Save
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(files) as BoardFormat[]).map((format) => {
          const { label, about, extension, type } = files[format];
          const save = () =>
            saveFile({
              blob: new Blob([boardExport(board, format, by)], { type }),
              name: boardFileName(board, extension),
            });
          return (
            <Menu.Item key={format} onClick={save}>
              {label}: {about}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
