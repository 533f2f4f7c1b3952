import { Table } from '@mantine/core';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatBytes } from '../../lib/format.js';
import type { Reached } from './traffic.js';

/** Rounds and bytes of each group of trials up to a target, the cheapest first. */
export function ReachedTable({ reached, target }: { reached: readonly Reached[]; target: number }) {
  const label = `To ${target}`;
  const cost = ({ rounds = Number.POSITIVE_INFINITY }: Reached) => rounds;
  return (
    <ScrollFrame label={label}>
      <Table miw={420} aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{label}</Table.Th>
            <Table.Th className="rf-number">Trials that came there</Table.Th>
            <Table.Th className="rf-number">Rounds</Table.Th>
            <Table.Th className="rf-number">Sent in rounds, in both directions</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {reached
            .toSorted((a, b) => cost(a) - cost(b))
            .map(({ name, reached: count, trials, rounds, kib }) => (
              <Table.Tr key={name}>
                <Table.Td>{name}</Table.Td>
                <Table.Td className="rf-number">
                  {count} of {trials}
                </Table.Td>
                <Table.Td className="rf-number">{rounds === undefined ? '–' : rounds.toFixed(1)}</Table.Td>
                <Table.Td className="rf-number">{kib === undefined ? '–' : formatBytes(kib * 1024)}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}
