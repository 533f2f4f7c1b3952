import { ActionIcon, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconLogout, IconUser } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { forgetSecrets } from '../features/access/shown-secrets.js';
import { chooseProject, projectsQuery } from '../lib/api/access.js';
import { ProblemError } from '../lib/api/client.js';
import { meQuery, signOut } from '../lib/api/session.js';

/** Another project, for who may act in all of them: everything that was read is read again there. */
function ProjectChoice({ current }: { current: string }) {
  const projects = useQuery(projectsQuery);
  const client = useQueryClient();
  const navigate = useNavigate();

  async function choose(name: string) {
    try {
      await chooseProject(name);
    } catch (error) {
      notifications.show({ color: 'red', title: 'Still in this project', message: (error as Error).message });
      return;
    }
    await client.resetQueries();
    await navigate({ to: '/sweeps' });
  }

  const others = (projects.data ?? []).filter(({ name }) => name !== current);
  if (others.length === 0) return null;
  return (
    <>
      <Menu.Label>Go to project</Menu.Label>
      {others.map(({ id, name }) => (
        <Menu.Item key={id} onClick={() => choose(name)}>
          {name}
        </Menu.Item>
      ))}
    </>
  );
}

export function AccountMenu() {
  const me = useQuery(meQuery);
  const client = useQueryClient();
  const navigate = useNavigate();

  async function leave() {
    try {
      await signOut();
    } catch (error) {
      // A session that is over already is what was asked for.
      if (!(error instanceof ProblemError && error.status === 401)) {
        notifications.show({ color: 'red', title: 'Still signed in', message: (error as Error).message });
        return;
      }
    }
    client.clear();
    forgetSecrets();
    await navigate({ to: '/sign-in' });
  }

  if (!me.data) return null;
  return (
    <Menu position="bottom-end" shadow="md" width={220}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label="Account">
          <IconUser size={18} stroke={1.7} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          Signed in as
          <Text fw={600} size="sm" c="var(--mantine-color-text)" truncate>
            {me.data.name}
          </Text>
          <Text size="xs">
            {me.data.role} in {me.data.project.name}
          </Text>
        </Menu.Label>
        {me.data.installation ? <ProjectChoice current={me.data.project.name} /> : null}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
