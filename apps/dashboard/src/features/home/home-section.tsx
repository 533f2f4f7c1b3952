import { Paper, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Failure } from '../../components/feedback.js';

interface HomeSectionProps {
  title: string;
  /** Errors of its reads. */
  errors?: readonly (Error | null)[];
  children: ReactNode;
}

export function HomeSection({ title, errors = [], children }: HomeSectionProps) {
  return (
    <Paper component="section" aria-label={title}>
      <Stack gap="sm">
        <Title order={2}>{title}</Title>
        {errors.map((error) => (error ? <Failure key={error.message} error={error} /> : null))}
        {children}
      </Stack>
    </Paper>
  );
}
