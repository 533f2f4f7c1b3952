/** @file Bringing in the two files that Python peft saves. */
import { Button, FileInput, Group, Paper, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { CreateAdapter } from '@rankforge/contracts';
import { IconFileUpload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Failure } from '../../components/feedback.js';
import { Page } from '../../components/page.js';
import { RoleNotice } from '../../components/role-notice.js';
import { adapterKeys, createAdapter } from '../../lib/api/adapters.js';
import { basesQuery } from '../../lib/api/catalog.js';
import { useMay } from '../../lib/api/session.js';
import { wrongName } from '../../lib/names.js';

export function ImportAdapterPage() {
  const [name, setName] = useState('');
  const [base, setBase] = useState<string | null>(null);
  const [config, setConfig] = useState<File | null>(null);
  const [weights, setWeights] = useState<File | null>(null);
  const mayImport = useMay('submitter');
  const bases = useQuery(basesQuery);
  const client = useQueryClient();
  const navigate = useNavigate();
  const creation = useMutation({
    mutationFn: async ({ config, weights }: { config: File; weights: File }) =>
      createAdapter({ name, base: base ?? '', config: await readConfig(config) }, weights),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: adapterKeys.all });
      await navigate({ to: '/adapters/$adapterId', params: { adapterId: id } });
    },
  });
  const wrong = wrongName(name, 'my-adapter');
  const lacks = [
    config ? '' : 'choose adapter_config.json',
    weights ? '' : 'choose adapter_model.safetensors',
    base ? '' : 'choose the base model',
    wrong ?? '',
  ].filter(Boolean);
  return (
    <Page title="Import an adapter" description="The two files of a folder that Python peft saved.">
      {mayImport ? null : <RoleNotice does="import an adapter" />}
      <Paper>
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <FileInput
              label="adapter_config.json"
              placeholder="Choose a file"
              accept=".json"
              value={config}
              onChange={setConfig}
              required
              clearable
            />
            <FileInput
              label="adapter_model.safetensors"
              placeholder="Choose a file"
              accept=".safetensors"
              value={weights}
              onChange={setWeights}
              required
              clearable
            />
            <Select
              label="Base model"
              description="The one it was trained on"
              data={(bases.data ?? []).map((item) => item.name)}
              value={base}
              onChange={setBase}
              searchable
              required
            />
            <TextInput
              label="Name"
              description="Lower-case words joined by dashes"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={name === '' ? undefined : wrong}
              required
            />
          </SimpleGrid>
          {bases.error ? <Failure error={bases.error} onRetry={() => void bases.refetch()} /> : null}
          {creation.error ? <Failure error={creation.error} /> : null}
          <Group>
            <Button
              leftSection={<IconFileUpload size={16} aria-hidden />}
              disabled={lacks.length > 0 || !mayImport}
              aria-describedby="lacks"
              loading={creation.isPending}
              onClick={() => config && weights && creation.mutate({ config, weights })}
            >
              Import
            </Button>
            <Text id="lacks" size="sm" c="dimmed" style={{ flex: '1 1 220px' }}>
              {lacks.length > 0 ? `To go on: ${lacks.join('; ')}.` : ''}
            </Text>
          </Group>
        </Stack>
      </Paper>
    </Page>
  );
}

/** @throws Error naming the file */
async function readConfig(file: File): Promise<CreateAdapter['config']> {
  try {
    return CreateAdapter.shape.config.parse(JSON.parse(await file.text()));
  } catch (cause) {
    throw new Error(`${file.name} is not a JSON object: choose the adapter_config.json that peft saved`, { cause });
  }
}
