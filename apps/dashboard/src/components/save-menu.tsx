import { Button, Menu } from '@mantine/core';
import { type TableFormat, tableFormats } from '@rankforge/contracts';
import { IconDownload } from '@tabler/icons-react';
import { saveFile } from '../lib/save-file.js';

interface SavedAs {
  label: string;
  about: string;
  extension: string;
  type: string;
}

const files: Record<TableFormat, SavedAs> = {
  csv: { label: 'CSV', about: 'every column, for programs', extension: 'csv', type: 'text/csv' },
  markdown: { label: 'Markdown', about: 'a table to read', extension: 'md', type: 'text/markdown' },
  latex: { label: 'LaTeX', about: 'a table for a paper', extension: 'tex', type: 'application/x-tex' },
};

interface SaveMenuProps {
  /** The file in a format. */
  fileIn: (format: TableFormat) => string;
  /** Its name with an ending, such as `csv`. */
  nameWith: (extension: string) => string;
}

/** Saves a table, all of its rows. */
export function SaveMenu({ fileIn, nameWith }: SaveMenuProps) {
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconDownload size={15} aria-hidden />}>
          Save
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {tableFormats.map((format) => {
          const { label, about, extension, type } = files[format];
          const save = () => saveFile({ blob: new Blob([fileIn(format)], { type }), name: nameWith(extension) });
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
