import { Button, Group, Paper, Stack, Table, TextInput } from '@mantine/core';
import type { ProjectView, QuotaChange } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { createProject, projectsQuery, setQuotas } from '../../lib/api/access.js';
import { mistakeOf } from '../../lib/api/client.js';
import { QuotaCells, quotaHeads } from './quota-cells.js';
import { useChange } from './use-change.js';

/** Quotas beside what is used; an admin of the installation sets them. */
export function Projects({ installation }: { installation: boolean }) {
  const query = useQuery(projectsQuery);
  return (
    <QueryView query={query} label="projects">
      {(projects) => (
        <Stack>
          <ScrollFrame label="Projects">
            <Table miw={720} aria-label="Projects">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Project</Table.Th>
                  {quotaHeads.map((head) => (
                    <Table.Th key={head}>{head}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {projects.map((project) => (
                  <Row key={project.id} project={project} installation={installation} />
                ))}
              </Table.Tbody>
            </Table>
          </ScrollFrame>
          {installation ? <NewProject /> : null}
        </Stack>
      )}
    </QueryView>
  );
}

function Row({ project, installation }: { project: ProjectView; installation: boolean }) {
  const { id, name, quotas, usage } = project;
  const change = useChange((next: QuotaChange) => setQuotas(id, next), ['projects']);
  return (
    <Table.Tr>
      <Table.Td fw={600}>{name}</Table.Td>
      <QuotaCells
        name={name}
        quotas={quotas}
        usage={usage}
        onChange={installation ? change.mutate : undefined}
        underWay={change.isPending ? change.variables : undefined}
      />
    </Table.Tr>
  );
}

function NewProject() {
  const [name, setName] = useState('');
  const create = useChange(createProject, ['projects'], { beside: '/name' });
  return (
    <Paper p="md">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(name, { onSuccess: () => setName('') });
        }}
      >
        <Group align="end">
          <TextInput
            label="New project"
            description="Lower-case words joined by dashes"
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
              create.reset();
            }}
            error={mistakeOf(create.error, '/name')}
          />
          <Button type="submit" loading={create.isPending} disabled={name === ''}>
            Make project
          </Button>
        </Group>
      </form>
    </Paper>
  );
}
