import { Table } from '@mantine/core';
import type { CSSProperties } from 'react';
import { ScrollFrame } from './scroll-frame.js';

interface NumberTableProps {
  /** Names the table, for those who do not see it. */
  label: string;
  columns: readonly string[];
  /** Cells by row, a text for each column. */
  rows: readonly (readonly string[])[];
  /** Height beyond which rows scroll under the heading. Default: all are shown. */
  maxHeight?: number;
}

/** The numbers of a chart, beside it. */
export function NumberTable({ label, columns, rows, maxHeight }: NumberTableProps) {
  const scrolls: CSSProperties | undefined = maxHeight === undefined ? undefined : { maxHeight, overflowY: 'auto' };
  return (
    <ScrollFrame label={label} {...(scrolls && { style: scrolls })}>
      <Table aria-label={label} stickyHeader={scrolls !== undefined}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column} className="rf-number">
                {column}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((cells) => (
            <Table.Tr key={cells.join(' ')}>
              {cells.map((cell, at) => (
                <Table.Td key={columns[at]} className="rf-number">
                  {cell}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}
