import { Alert, Anchor, Box, Button, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { KeySecret } from '@rankforge/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { Failure } from '../../components/feedback.js';
import { meQuery, signIn, signInOptionsQuery } from '../../lib/api/session.js';
import { insideThisPage, keepNextPlace } from '../../lib/next-place.js';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { next, refused } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  const options = useQuery(signInOptionsQuery);
  const [key, setKey] = useState('');
  const [malformed, setMalformed] = useState(false);

  useEffect(() => {
    document.title = 'Sign in · Rankforge';
  }, []);

  const entry = useMutation({
    mutationFn: signIn,
    onSuccess: async () => {
      // The session before may have been of somebody else, or in another project.
      client.removeQueries();
      await client.fetchQuery({ ...meQuery, staleTime: 0 });
      router.history.push(insideThisPage(next));
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const valid = KeySecret.safeParse(key.trim()).success;
    setMalformed(!valid);
    if (valid) entry.mutate(key.trim());
  }

  return (
    <Box component="main" maw={440} mx="auto" px="md" pt={{ base: 48, sm: '14vh' }}>
      <Stack gap="lg">
        <Stack gap={4}>
          <Title order={1}>Sign in to Rankforge</Title>
          <Text c="dimmed" size="sm">
            Compare fine-tuning methods within a memory budget.
          </Text>
        </Stack>
        {refused && !entry.error ? (
          <Alert color="yellow" title="The key in the link was not accepted">
            It may be of an earlier start. Open the address printed by the last <Code>rankforge up</Code>, or enter a
            key.
          </Alert>
        ) : null}
        {entry.error ? <Failure error={entry.error} /> : null}
        {options.data?.provider ? (
          <Button component="a" href="/v1/login" variant="default" onClick={() => keepNextPlace(next)}>
            Sign in with your organization
          </Button>
        ) : null}
        <Paper p="lg">
          <form onSubmit={submit} noValidate>
            <Stack>
              <PasswordInput
                label="API key"
                description="Starts with rf_"
                value={key}
                onChange={(event) => setKey(event.currentTarget.value)}
                error={malformed ? 'A key is rf_ and 43 characters: letters, digits, - and _' : undefined}
                autoComplete="current-password"
                autoFocus
                spellCheck={false}
              />
              <Button type="submit" loading={entry.isPending}>
                Sign in
              </Button>
            </Stack>
          </form>
        </Paper>
        <Text size="sm" c="dimmed">
          Did you start it yourself? <Code>npm run demo</Code> and <Code>rankforge up</Code> print an address that signs
          you in, and keep the key in <Code>.rankforge/admin.key</Code> of the checkout. Elsewhere, whoever runs this
          installation makes one with <Code>rankforge key create</Code>. The <Anchor href="/docs">API reference</Anchor>{' '}
          describes what a key opens.
        </Text>
      </Stack>
    </Box>
  );
}
