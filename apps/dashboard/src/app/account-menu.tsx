import { ActionIcon, Menu, Text } from '@mantine/core';
import { IconLogout, IconUser } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../lib/api/session.js';
import { useSignOut } from './use-sign-out.js';

export function AccountMenu() {
  const me = useQuery(meQuery);
  const signOut = useSignOut();
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
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={signOut}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
