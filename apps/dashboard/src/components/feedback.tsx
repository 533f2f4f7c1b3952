/** @file What a page shows instead of its content: loading, nothing there, an error with what to do. */
import { Alert, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { type Icon, IconAlertCircle, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ProblemError } from '../lib/api/client.js';
import { type FieldLabels, fieldLabel } from '../lib/field-labels.js';

export function Loading({ label, rows = 4 }: { label: string; rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label={`Loading ${label}`}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={index === 0 ? 28 : 20} width={index === 0 ? '40%' : '100%'} />
      ))}
    </Stack>
  );
}

interface EmptyProps {
  icon: Icon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

export function Empty({ icon: Glyph, title, children, action }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <Glyph size={36} stroke={1.4} color="var(--mantine-color-dimmed)" aria-hidden />
      <Title order={2}>{title}</Title>
      <Text c="dimmed" size="sm" maw={460}>
        {children}
      </Text>
      {action ? (
        <Group mt="xs" justify="center">
          {action}
        </Group>
      ) : null}
    </Stack>
  );
}

interface FailureProps {
  error: Error;
  /** Names that the form has for fields of the request. */
  labels?: FieldLabels;
  onRetry?: (() => void) | undefined;
  /** A way on without what failed, beside the one to try again. */
  action?: ReactNode;
}

export function Failure({ error, labels, onRetry, action }: FailureProps) {
  const problem = error instanceof ProblemError ? error : undefined;
  return (
    <Alert
      color="red"
      icon={<IconAlertCircle aria-hidden />}
      title={problem?.title ?? 'Something went wrong'}
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        {sentencesOf(error).map((sentence) => (
          <Text key={sentence} size="sm">
            {sentence}
          </Text>
        ))}
        {problem && problem.fields.length > 0 ? (
          <ul style={{ margin: 0, paddingLeft: 18 }}>
            {problem.fields.map((field) => (
              <li key={`${field.path} ${field.message}`}>
                {field.path ? `${fieldLabel(field.path, labels)}: ` : null}
                {field.message}
              </li>
            ))}
          </ul>
        ) : null}
        <Group gap="xs">
          {onRetry ? (
            <Button
              size="xs"
              variant="light"
              color="red"
              leftSection={<IconRefresh size={14} aria-hidden />}
              onClick={onRetry}
            >
              Try again
            </Button>
          ) : null}
          {action}
        </Group>
      </Stack>
    </Alert>
  );
}

/** What happened and what to do. The detail of a problem that lists fields is the first of them once more. */
function sentencesOf(error: Error): string[] {
  if (!(error instanceof ProblemError)) return [error.message];
  const happened = error.detail !== undefined && error.fields.length === 0 ? [error.detail] : [];
  return [...happened, ...whatToDo(error.status)];
}

/** Advice that the detail does not give: with 409, and where there was no answer, it says what to do; with 401 the page to sign in stands there. */
function whatToDo(status: number): string[] {
  if (status === 0 || status === 401 || status === 409) return [];
  if (status === 403) return ['Your key may not do this; ask for a key with a wider role.'];
  if (status === 404) return ['It may have been removed, or the address is mistyped. Go back to the list.'];
  if (status === 429) return ['Too many requests: wait a few seconds and try again.'];
  if (status >= 500)
    return ['The server has the details in its log. Try again; `rankforge doctor` checks what it depends on.'];
  return ['Correct the request and try again.'];
}
