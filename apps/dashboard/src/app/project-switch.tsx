import { Button, Menu } from '@mantine/core';
import { IconFolders, IconSelector } from '@tabler/icons-react';
import { useProjectChoice } from './use-project-choice.js';

/** The project that is shown, and the others that the key can see. Nothing where there is one alone. */
export function ProjectSwitch() {
  const { current, others, choose } = useProjectChoice();
  if (others.length === 0) return null;
  return (
    <Menu position="bottom-start" shadow="md" width={220}>
      <Menu.Target>
        <Button
          variant="default"
          justify="space-between"
          mb="xs"
          leftSection={<IconFolders size={16} stroke={1.7} aria-hidden />}
          rightSection={<IconSelector size={14} aria-hidden />}
          aria-label={`Project ${current}: go to another`}
        >
          {current}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
        <Menu.Label>Go to project</Menu.Label>
        {others.map((name) => (
          <Menu.Item key={name} onClick={() => choose(name)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
