import { Breadcrumbs as Row, Text } from '@mantine/core';
import { useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { crumbsOf } from '../lib/places.js';
import { TextLink } from './links.js';

/** The way down to the page that is shown, each step a link. Nothing on a page without one above it. */
export function Breadcrumbs({ within }: { within?: ReactNode }) {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? state.location.pathname });
  const crumbs = crumbsOf(path);
  if (crumbs.length === 0) return null;
  return (
    <nav aria-label="Breadcrumbs">
      <Row separator="›" separatorMargin={6} fz="xs" c="dimmed" style={{ flexWrap: 'wrap', rowGap: 2 }}>
        {crumbs.map(({ label, to }) =>
          to ? (
            <TextLink key={label} to={to} size="xs" underline="hover" c="dimmed">
              {label}
            </TextLink>
          ) : (
            <Text key={label} span size="xs">
              {label}
            </Text>
          ),
        )}
        {within}
      </Row>
    </nav>
  );
}
