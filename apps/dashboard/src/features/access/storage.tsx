import { Stack, Table, Text, Title } from '@mantine/core';
import type { StorageReport } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { TextLink } from '../../components/links.js';
import { Figure, Figures } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { storageQuery } from '../../lib/api/access.js';
import { meQuery } from '../../lib/api/session.js';
import { formatBytes } from '../../lib/format.js';
import { sweepStateLabels } from '../../lib/palette.js';

const kindLabels: Record<StorageReport['kinds'][number]['kind'], string> = {
  adapters: 'Adapters',
  checkpoints: 'Checkpoints',
  predictions: 'Predictions of the test split',
  datasets: 'Data sets',
  bases: 'Base models',
  metrics: 'Metrics',
  logs: 'Attempts and logs',
  trials: 'Trials and their scores',
  events: 'Events',
};

/** Bytes by kind, project and sweep: where room went, and which sweep to remove for some. */
export function Storage() {
  const query = useQuery(storageQuery);
  const own = useQuery(meQuery).data?.project.id;
  return (
    <QueryView query={query} label="storage">
      {({ kinds, projects, sweeps, databaseBytes, disk }) => (
        <Stack gap="xl">
          {databaseBytes !== null ? (
            <Figures>
              <Figure label="Database">{formatBytes(databaseBytes)}</Figure>
              {disk ? (
                <Figure label="Free on the disk of files">
                  {formatBytes(disk.freeBytes)} of {formatBytes(disk.bytes)}
                </Figure>
              ) : null}
            </Figures>
          ) : null}
          <Section title="By kind" heads={['Kind', 'Bytes']}>
            {kinds.map(({ kind, bytes }) => (
              <Table.Tr key={kind}>
                <Table.Td>{kindLabels[kind]}</Table.Td>
                <Bytes bytes={bytes} />
              </Table.Tr>
            ))}
          </Section>
          <Section title="By project" heads={['Project', 'Files', 'Rows']}>
            {projects.map(({ id, name, fileBytes, rowBytes }) => (
              <Table.Tr key={id}>
                <Table.Td>{name}</Table.Td>
                <Bytes bytes={fileBytes} />
                <Bytes bytes={rowBytes} />
              </Table.Tr>
            ))}
          </Section>
          <Section title="Largest sweeps" heads={['Sweep', 'Files', 'Rows', 'Project', 'State']}>
            {sweeps.map(({ id, name, project, state, removed, fileBytes, rowBytes }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  {removed || project.id !== own ? (
                    name
                  ) : (
                    <TextLink to="/sweeps/$sweepId" params={{ sweepId: id }} size="sm">
                      {name}
                    </TextLink>
                  )}
                </Table.Td>
                <Bytes bytes={fileBytes} />
                <Bytes bytes={rowBytes} />
                <Table.Td>{project.name}</Table.Td>
                <Table.Td>{removed ? 'Removed' : sweepStateLabels[state]}</Table.Td>
              </Table.Tr>
            ))}
          </Section>
          <Text size="sm" c="dimmed">
            A file counts once for each project and sweep that has it. Bytes of rows are shares of the tables of
            PostgreSQL. What is left of a removed sweep is kept for others that took its results, or goes soon.
          </Text>
        </Stack>
      )}
    </QueryView>
  );
}

interface SectionProps {
  title: string;
  heads: string[];
  children: ReactNode;
}

/** Columns of bytes, to the right. */
const ofBytes = ['Bytes', 'Files', 'Rows'];

function Section({ title, heads, children }: SectionProps) {
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {title}
      </Title>
      <ScrollFrame label={title}>
        <Table aria-label={title} miw={heads.length > 3 ? 620 : undefined}>
          <Table.Thead>
            <Table.Tr>
              {heads.map((head) => (
                <Table.Th key={head} ta={ofBytes.includes(head) ? 'right' : 'left'}>
                  {head}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{children}</Table.Tbody>
        </Table>
      </ScrollFrame>
    </Stack>
  );
}

function Bytes({ bytes }: { bytes: number }) {
  return (
    <Table.Td ta="right" className="rf-numbers">
      {formatBytes(bytes)}
    </Table.Td>
  );
}
