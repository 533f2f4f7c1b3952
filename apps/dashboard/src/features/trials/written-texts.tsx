/** @file Texts that a generator wrote for the examples of a training: what was asked, what came, and what was made of it. */
import { Code, Group, NativeSelect, Paper, Stack, Table, Text, Title } from '@mantine/core';
import type { TrialDetail, WrittenTextRecord, WrittenTextsQuery } from '@rankforge/contracts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { MoreButton } from '../../components/more-button.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { trialTextsQuery } from '../../lib/api/trials.js';
import { formatInteger } from '../../lib/format.js';

const choices = [
  { value: '', label: 'All texts' },
  { value: 'used', label: 'Those that made an example' },
  { value: 'unused', label: 'The others' },
];

/** Nothing where nothing was written for the trial. */
export function WrittenTexts({ trial }: { trial: TrialDetail }) {
  return trial.artifacts.some(({ kind }) => kind === 'texts') ? <Kept trialId={trial.id} /> : null;
}

function Kept({ trialId }: { trialId: string }) {
  const [only, setOnly] = useState<WrittenTextsQuery['only']>();
  const query = useInfiniteQuery(trialTextsQuery(trialId, only));
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end">
        <Title order={2}>Texts of a generator</Title>
        <NativeSelect
          label="Which texts"
          data={choices}
          value={only ?? ''}
          onChange={({ currentTarget: { value } }) => setOnly((value || undefined) as WrittenTextsQuery['only'])}
        />
      </Group>
      <QueryView query={query} label="texts">
        {({ pages }) => {
          const { texts, used, kept, found } = pages[0]!;
          return (
            <Paper>
              <Stack gap="sm">
                <Text size="sm" c="dimmed">
                  {formatInteger(used)} of {formatInteger(texts)} texts made examples that were trained on.
                  {kept < texts ? ` The first ${formatInteger(kept)} are kept.` : ''}
                  {found === 0 ? ' None is of this choice.' : ''}
                </Text>
                <ScrollFrame label="Texts of a generator">
                  <Table miw={560} aria-label="Texts of a generator">
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th w="45%">Prompt</Table.Th>
                        <Table.Th>Text</Table.Th>
                        <Table.Th>Read as</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {pages
                        .flatMap(({ items }) => items)
                        .map((record, at) => (
                          <Written key={`${only} ${at}`} {...record} />
                        ))}
                    </Table.Tbody>
                  </Table>
                </ScrollFrame>
                <MoreButton query={query}>Show more texts</MoreButton>
              </Stack>
            </Paper>
          );
        }}
      </QueryView>
    </Stack>
  );
}

function Written({ prompt, text, as }: WrittenTextRecord) {
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {prompt}
        </Code>
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{text.trim() || '–'}</Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        {as ?? (
          <Text span size="sm" c="dimmed">
            no example
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
