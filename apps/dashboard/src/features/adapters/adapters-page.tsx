import { Paper, Table } from '@mantine/core';
import type { AdapterView } from '@rankforge/contracts';
import { IconFileUpload, IconPuzzle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../../components/feedback.js';
import { ButtonLink, TextLink } from '../../components/links.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { Ago } from '../../components/time.js';
import { adaptersQuery } from '../../lib/api/adapters.js';
import { mayAct, meQuery } from '../../lib/api/session.js';
import { formatBytes } from '../../lib/format.js';

export function AdaptersPage() {
  const query = useQuery(adaptersQuery);
  const me = useQuery(meQuery);
  const add =
    me.data && mayAct(me.data.role, 'submitter') ? (
      <ButtonLink to="/adapters/new" leftSection={<IconFileUpload size={16} aria-hidden />}>
        Import an adapter
      </ButtonLink>
    ) : null;
  return (
    <Page
      title="Adapters"
      description="Adapters of Python peft that sweeps evaluate or train further. Those trained here are on their trials."
      actions={add}
    >
      <QueryView query={query} label="adapters">
        {(adapters) =>
          adapters.length === 0 ? (
            <Paper>
              <Empty icon={IconPuzzle} title="No adapter was imported yet">
                Import a folder that Python peft saved: adapter_config.json and adapter_model.safetensors.
              </Empty>
            </Paper>
          ) : (
            <ScrollFrame label="Adapters">
              <Table miw={640} horizontalSpacing={10} highlightOnHover aria-label="Adapters">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Method</Table.Th>
                    <Table.Th>Base</Table.Th>
                    <Table.Th>Layers</Table.Th>
                    <Table.Th className="rf-number">Size</Table.Th>
                    <Table.Th>Imported</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {adapters.map((adapter) => (
                    <Row key={adapter.id} adapter={adapter} />
                  ))}
                </Table.Tbody>
              </Table>
            </ScrollFrame>
          )
        }
      </QueryView>
    </Page>
  );
}

function Row({ adapter }: { adapter: AdapterView }) {
  return (
    <Table.Tr>
      <Table.Td>
        <TextLink to="/adapters/$adapterId" params={{ adapterId: adapter.id }} fw={600}>
          {adapter.name}
        </TextLink>
      </Table.Td>
      <Table.Td>{adapter.method}</Table.Td>
      <Table.Td>{adapter.base}</Table.Td>
      <Table.Td>{adapter.targets.join(', ')}</Table.Td>
      <Table.Td className="rf-number">{formatBytes(adapter.bytes)}</Table.Td>
      <Table.Td>
        <Ago at={adapter.createdAt} />
      </Table.Td>
    </Table.Tr>
  );
}
