import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { Breadcrumbs } from './breadcrumbs.js';

interface PageProps {
  title: string;
  /** Stands in for the title in the heading, where it carries more than text. */
  heading?: ReactNode;
  /** The last of the breadcrumbs, where an address does not say it: what the page is a part of. */
  within?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, heading, within, description, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Rankforge`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4} style={{ flex: '1 1 280px', minWidth: 0 }}>
          <Breadcrumbs within={within} />
          <Title order={1} style={{ overflowWrap: 'anywhere' }}>
            {heading ?? title}
          </Title>
          {description ? (
            <Text c="dimmed" size="sm" component="div">
              {description}
            </Text>
          ) : null}
        </Stack>
        {actions ? <Group gap="xs">{actions}</Group> : null}
      </Group>
      {children}
    </Stack>
  );
}

/** A row of key figures. */
export function Figures({ children }: { children: ReactNode }) {
  return (
    <Group component="dl" m={0} style={{ columnGap: 32, rowGap: 14 }}>
      {children}
    </Group>
  );
}

/** A label above a value, for rows of key figures. */
export function Figure({ label, children, hint }: { label: string; children: ReactNode; hint?: string }) {
  return (
    <Stack gap={2} title={hint}>
      <Text size="xs" c="dimmed" component="dt">
        {label}
      </Text>
      <Text fw={600} component="dd" m={0} className="rf-numbers">
        {children}
      </Text>
    </Stack>
  );
}
