import { Code, Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { DeviceView, WorkerView } from '@rankforge/contracts';
import { type Icon, IconCpu, IconHeartbeat, IconPlugOff, IconPower, IconProgressDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../../components/feedback.js';
import { TextLink } from '../../components/links.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { Ago } from '../../components/time.js';
import { workersQuery } from '../../lib/api/workers.js';
import { formatBytes, formatInteger } from '../../lib/format.js';
import classes from './workers-page.module.css';

const looks: Record<WorkerView['state'], { icon: Icon; label: string; color: string }> = {
  live: { icon: IconHeartbeat, label: 'Live', color: 'var(--rf-state-succeeded)' },
  draining: { icon: IconProgressDown, label: 'Draining', color: 'var(--rf-state-over-budget)' },
  lost: { icon: IconPlugOff, label: 'Lost', color: 'var(--rf-state-failed)' },
  stopped: { icon: IconPower, label: 'Stopped', color: 'var(--rf-state-cancelled)' },
};

const order: readonly WorkerView['state'][] = ['live', 'draining', 'lost', 'stopped'];

export function WorkersPage() {
  const query = useQuery(workersQuery);
  return (
    <Page title="Workers" description="Programs that train, and the devices whose memory they give out.">
      <QueryView query={query} label="workers">
        {(workers) =>
          workers.length === 0 ? (
            <Paper>
              <Empty icon={IconCpu} title="No worker has registered yet">
                Queued trials wait until one does. Start one with <Code>rankforge worker</Code>.
              </Empty>
            </Paper>
          ) : (
            <Stack gap="md">
              {workers
                .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.name.localeCompare(b.name))
                .map((worker) => (
                  <WorkerCard key={worker.id} worker={worker} />
                ))}
            </Stack>
          )
        }
      </QueryView>
    </Page>
  );
}

function WorkerCard({ worker }: { worker: WorkerView }) {
  const { icon: Glyph, label, color } = looks[worker.state];
  const gone = worker.state === 'lost' || worker.state === 'stopped';
  return (
    <Paper component="section" aria-label={`Worker ${worker.name}`}>
      <Stack gap="md">
        <Group justify="space-between" gap="sm">
          <div style={{ minWidth: 0 }}>
            <Title order={2} style={{ overflowWrap: 'anywhere' }}>
              {worker.name}
            </Title>
            <Text size="sm" c="dimmed">
              {worker.host} · process {worker.pid} · version {worker.version} · contract {worker.contract}
              {worker.served ? '' : ' (no longer served: takes no further trial, start a newer worker)'} ·{' '}
              {worker.engines.join(', ')}
            </Text>
          </div>
          <Group gap="md">
            <Text size="sm" c="dimmed">
              heartbeat <Ago at={worker.heartbeatAt} />
            </Text>
            <Group gap={5}>
              <Glyph size={16} color={color} aria-hidden />
              <Text size="sm" fw={600}>
                {label}
              </Text>
            </Group>
          </Group>
        </Group>
        {worker.trouble ? (
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            Takes no trial: {worker.trouble}.
          </Text>
        ) : null}
        {worker.devices.map((device) => (
          <Device key={device.id} device={device} />
        ))}
        {worker.holds.length > 0 ? (
          <Text size="sm">
            <Text span c="dimmed" size="sm">
              Holds the data of{' '}
            </Text>
            {worker.holds.join(', ')}
          </Text>
        ) : null}
        {gone ? null : <Running worker={worker} />}
      </Stack>
    </Paper>
  );
}

function Device({ device }: { device: DeviceView }) {
  const { totalBytes, capacityBytes, reservedBytes, processes = [] } = device;
  const share = (bytes: number) => `${totalBytes === 0 ? 0 : Math.min(100, (bytes / totalBytes) * 100)}%`;
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={6}>
        <Text size="sm" fw={600}>
          {device.name}{' '}
          <Text span size="sm" c="dimmed" fw={400}>
            {device.id}
          </Text>
        </Text>
        <Text size="sm" className="rf-numbers">
          {formatBytes(reservedBytes)} reserved of {formatBytes(capacityBytes)}
          <Text span c="dimmed" size="sm">
            {' '}
            ({formatBytes(totalBytes)} in all)
          </Text>
        </Text>
      </Group>
      <Others device={device} />
      <div
        className={classes.bar}
        role="img"
        aria-label={`Memory of ${device.name}: ${formatBytes(reservedBytes)} of ${formatBytes(capacityBytes)} reserved`}
      >
        <div className={classes.capacity} style={{ width: share(capacityBytes) }} />
        <div className={classes.reserved} style={{ width: share(reservedBytes) }} />
      </div>
      {processes.length > 0 ? (
        <Text size="xs" c="dimmed" mt={4}>
          On the card:{' '}
          {processes
            .map(({ pid, name, bytes }) => `${name} (${pid})${bytes === null ? '' : ` ${formatBytes(bytes)}`}`)
            .join(', ')}
        </Text>
      ) : null}
    </div>
  );
}

/** What is not there for trials, and the limits of the adapter. */
function Others({ device: { usedByOthersBytes, keptFreeBytes = 0, webgpu, trouble } }: { device: DeviceView }) {
  const said = [
    trouble ? `${trouble}: no trial begins here` : '',
    usedByOthersBytes === undefined ? '' : `${formatBytes(usedByOthersBytes)} used by others`,
    keptFreeBytes > 0 ? `${formatBytes(keptFreeBytes)} kept for others` : '',
    webgpu ? `WebGPU on ${webgpu.adapter}: buffers up to ${formatBytes(webgpu.maxBufferBytes)}` : '',
  ].filter(Boolean);
  return said.length > 0 ? (
    <Text size="xs" c="dimmed" mb={4}>
      {said.join(' · ')}
    </Text>
  ) : null;
}

function Running({ worker: { runningTrials, slots } }: { worker: WorkerView }) {
  return (
    <Text size="sm">
      <Text span c="dimmed" size="sm">
        Running {formatInteger(runningTrials.length)} in {formatInteger(slots)} {slots === 1 ? 'slot' : 'slots'}:{' '}
      </Text>
      {runningTrials.length === 0
        ? 'idle'
        : runningTrials.map((id, index) => (
            <span key={id}>
              {index > 0 ? ', ' : ''}
              <TextLink to="/trials/$trialId" params={{ trialId: id }} size="sm" className="rf-mono">
                {id.slice(-8)}
              </TextLink>
            </span>
          ))}
    </Text>
  );
}
