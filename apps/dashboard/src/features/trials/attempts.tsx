import { Paper, Table, Text } from '@mantine/core';
import type { AttemptView } from '@rankforge/contracts';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { Ago } from '../../components/time.js';
import { TrialLinks } from '../../components/trial-links.js';
import { formatDuration } from '../../lib/format.js';

export function Attempts({ attempts }: { attempts: AttemptView[] }) {
  if (attempts.length === 0) {
    return (
      <Paper>
        <Text size="sm" c="dimmed">
          No worker has taken this trial.
        </Text>
      </Paper>
    );
  }
  return (
    <ScrollFrame label="Attempts">
      <Table miw={460} aria-label="Attempts">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>#</Table.Th>
            <Table.Th>Outcome</Table.Th>
            <Table.Th>Worker</Table.Th>
            <Table.Th>Started</Table.Th>
            <Table.Th className="rf-number">Took</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {attempts.map((attempt) => (
            <Table.Tr key={attempt.number}>
              <Table.Td>{attempt.number}</Table.Td>
              <Table.Td>
                {attempt.outcome ?? 'running'}
                <PackedWith trialIds={attempt.packedWith} />
                {attempt.resumedFromStep ? (
                  <Text size="xs" c="dimmed">
                    from the checkpoint at step {attempt.resumedFromStep}
                  </Text>
                ) : null}
                {attempt.reason ? (
                  <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                    {attempt.reason}
                  </Text>
                ) : null}
              </Table.Td>
              <Table.Td>
                {attempt.workerName ?? '–'}
                <Text size="xs" c="dimmed">
                  {[attempt.device, attempt.engine].filter(Boolean).join(' · ')}
                </Text>
              </Table.Td>
              <Table.Td>
                <Ago at={attempt.startedAt} />
              </Table.Td>
              <Table.Td className="rf-number">
                {attempt.endedAt
                  ? formatDuration((Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt)) / 1000)
                  : '–'}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollFrame>
  );
}

/** Trials that trained in the same process, on the same copy of the base. */
function PackedWith({ trialIds }: { trialIds: readonly string[] }) {
  if (trialIds.length === 0) return null;
  return (
    <Text size="xs" c="dimmed">
      packed with <TrialLinks ids={trialIds} />
    </Text>
  );
}
