/** @file Settings and results of several trials, a column for each. */
import { ActionIcon, Group, Table, Text } from '@mantine/core';
import { type ComparedRow, comparedNames, comparedText, type TrialDetail } from '@rankforge/contracts';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { TextLink } from '../../components/links.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { sweepQuery } from '../../lib/api/sweeps.js';
import { formats } from '../../lib/measure-formats.js';
import classes from './compare-table.module.css';
import { removedSweep } from './removed-sweep.js';

interface CompareTableProps {
  label: string;
  trials: readonly TrialDetail[];
  rows: readonly ComparedRow[];
  onLeaveOut: (id: string) => void;
}

export function CompareTable({ label, trials, rows, onLeaveOut }: CompareTableProps) {
  const names = comparedNames(trials);
  const isOfSeveral = new Set(trials.map(({ sweepId }) => sweepId)).size > 1;
  return (
    <ScrollFrame label={label}>
      <Table aria-label={label} highlightOnHover className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <span className="rf-visually-hidden">{label}</span>
            </Table.Th>
            {trials.map((trial, at) => (
              <Table.Th key={trial.id} className="rf-number">
                <Group gap={4} wrap="nowrap" justify="flex-end">
                  <TextLink to="/trials/$trialId" params={{ trialId: trial.id }} size="sm" fw={600}>
                    {names[at]}
                  </TextLink>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="xs"
                    aria-label={`Leave trial ${names[at]} out`}
                    onClick={() => onLeaveOut(trial.id)}
                  >
                    <IconX size={14} aria-hidden />
                  </ActionIcon>
                </Group>
                {isOfSeveral ? <SweepName trial={trial} /> : null}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.name}>
              <Table.Th scope="row" title={row.name}>
                {row.title}
              </Table.Th>
              {row.values.map((value, at) => (
                <Table.Td key={trials[at]!.id} className="rf-number" data-differs={row.differs || undefined}>
                  {comparedText(row, value, formats)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}

/** The sweep of a trial, where trials are of several. */
function SweepName({ trial: { sweepId, keptFor } }: { trial: TrialDetail }) {
  const sweep = useQuery({ ...sweepQuery(sweepId), enabled: !keptFor });
  const name = keptFor ? removedSweep : sweep.data?.name;
  return (
    <Text size="xs" c="dimmed" fw={400} ml="auto" className={classes.sweep} title={name}>
      {name ?? '–'}
    </Text>
  );
}
