/** @file Examples with what each trial scored on them. */
import { Group, Stack, Table, Text } from '@mantine/core';
import { type ComparedExample, type SeedGroup, seedsRight } from '@rankforge/contracts';
import { IconCheck, IconX } from '@tabler/icons-react';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { formatInteger, formatMetric } from '../../lib/format.js';

interface ExampleTableProps {
  items: readonly ComparedExample[];
  names: readonly string[];
  /** Configurations of which several seeds are among the trials. */
  groups: readonly SeedGroup[];
  isRightOrWrong: boolean;
}

export function ExampleTable({ items, names, groups, isRightOrWrong }: ExampleTableProps) {
  const counted = isRightOrWrong ? groups : [];
  return (
    <ScrollFrame label="Examples">
      <Table aria-label="Examples" miw={420 + 110 * (names.length + counted.length)} style={{ verticalAlign: 'top' }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="rf-number">No.</Table.Th>
            <Table.Th miw={280}>Example</Table.Th>
            {counted.map(({ name, places }) => (
              <Table.Th key={places[0]}>Seeds right, {name}</Table.Th>
            ))}
            {names.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map(({ place, scores, said, fields = {} }) => (
            <Table.Tr key={place} style={{ verticalAlign: 'top' }}>
              <Table.Td className="rf-number">{formatInteger(place + 1)}</Table.Td>
              <Table.Td>
                <Fields fields={fields} />
              </Table.Td>
              {counted.map((group) => (
                <Table.Td key={group.places[0]}>{seedsRight(group, scores)}</Table.Td>
              ))}
              {names.map((name, at) => (
                <Table.Td key={name}>
                  {isRightOrWrong ? (
                    <Verdict isRight={scores[at] === 1} said={said?.[at] ?? undefined} />
                  ) : (
                    formatMetric(scores[at] ?? null)
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}

function Fields({ fields }: { fields: Readonly<Record<string, string>> }) {
  const entries = Object.entries(fields);
  if (entries.length === 0) return <>–</>;
  return (
    <Stack gap={2}>
      {entries.map(([name, text]) => (
        <Text key={name} size="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>
          <Text span size="xs" c="dimmed">
            {name}{' '}
          </Text>
          {text}
        </Text>
      ))}
    </Stack>
  );
}

function Verdict({ isRight, said }: { isRight: boolean; said: string | undefined }) {
  const Glyph = isRight ? IconCheck : IconX;
  return (
    <Group gap={4} wrap="nowrap">
      <Glyph
        size={16}
        stroke={2.2}
        color={isRight ? 'var(--rf-state-succeeded)' : 'var(--rf-state-failed)'}
        aria-hidden
      />
      <span>
        {isRight ? 'right' : 'wrong'}
        {said === undefined ? '' : `, ${said}`}
      </span>
    </Group>
  );
}
