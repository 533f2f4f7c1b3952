/** @file Adding data: a file or a path, its columns, a look at the rows, and only then it is kept. */
import { Button, FileInput, Group, Paper, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import {
  type DatasetFormat,
  datasetFormats,
  fileEndings,
  formatOfFile,
  type ObjectiveView,
} from '@rankforge/contracts';
import { IconEye, IconFileUpload, IconSearch } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Failure } from '../../components/feedback.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { RoleNotice } from '../../components/role-notice.js';
import { objectivesQuery } from '../../lib/api/catalog.js';
import { mistakeOf } from '../../lib/api/client.js';
import { createDataset, datasetKeys, inspectDataset, previewDataset } from '../../lib/api/datasets.js';
import { useMay } from '../../lib/api/session.js';
import { nameOf } from '../../lib/names.js';
import { MappingFields } from './mapping-fields.js';
import { Report, Rows } from './report.js';
import { type DatasetValues, emptyValues, fixedLabels, labelsOf, mistakes, namedAlike, requestOf } from './request.js';

const formatLabels: Record<DatasetFormat, string> = {
  csv: 'CSV',
  tsv: 'Tab-separated',
  jsonl: 'JSON lines',
  json: 'JSON, one list of objects',
  parquet: 'Parquet',
  beir: 'Collection with judgements (BEIR)',
  trec: 'Collection, judgements and runs (TREC)',
  letor: 'Queries with rows of features (LETOR)',
  'crud-rag': 'Questions and news of CRUD-RAG',
  rankify: 'Documents of Rankify',
  images: 'Images, one folder per class',
  sites: 'Cards of sites that keep their examples',
};

/** A text says no format, but queries with rows of numbers are kept as such. */
const acceptedEndings = [...fileEndings, '.txt'].join(',');

export function AddDatasetPage() {
  const query = useQuery(objectivesQuery);
  return (
    <QueryView query={query} label="objectives">
      {(objectives) => <AddDataset objectives={objectives} />}
    </QueryView>
  );
}

function AddDataset({ objectives }: { objectives: readonly ObjectiveView[] }) {
  const [values, setValues] = useState(emptyValues);
  const [file, setFile] = useState<File | null>(null);
  const [nameLeft, setNameLeft] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const source = { format: values.format, ...(values.path === '' ? {} : { path: values.path }) };
  const inspection = useMutation({
    mutationFn: () => inspectDataset(source, file),
    onSuccess: ({ columns }) => setValues((before) => ({ ...before, columns: namedAlike(before.columns, columns) })),
  });
  const preview = useMutation({ mutationFn: () => previewDataset(requestOf(values, objectives), file) });
  const creation = useMutation({
    mutationFn: () => createDataset(requestOf(values, objectives), file),
    onSuccess: async ({ id }) => {
      await Promise.all([
        client.invalidateQueries({ queryKey: datasetKeys.all }),
        client.invalidateQueries({ queryKey: ['tasks'] }),
      ]);
      await navigate({ to: '/datasets/$datasetId', params: { datasetId: id } });
    },
  });
  const change = (next: Partial<DatasetValues>) => {
    setValues((before) => ({ ...before, ...next }));
    preview.reset();
    creation.reset();
  };
  const changeSource = (next: Partial<DatasetValues>) => {
    const format = next.format ?? values.format;
    change({ ...next, ...(format === 'images' ? { splitBy: 'hash' as const } : {}) });
    inspection.reset();
  };
  const choose = (chosen: File | null) => {
    setFile(chosen);
    if (!chosen) return changeSource({});
    changeSource({
      path: '',
      format: formatOfFile(chosen.name) ?? values.format,
      name: values.name || nameOf(chosen.name),
    });
  };
  const named = file !== null || values.path !== '';
  const wrong = mistakes(values, inspection.data !== undefined, objectives);
  const lacks = [...(named ? [] : ['choose a file or a path']), ...Object.values(wrong)];
  const labels = labelsOf(values, objectives);
  const mayAdd = useMay('submitter');
  const waitsForPreview = lacks.length === 0 && !preview.data;
  return (
    <Page title="Add data" description="Nothing is kept until you say so.">
      {mayAdd ? null : <RoleNotice does="add data" />}
      <Paper>
        <Stack gap="sm">
          <Title order={2}>Source</Title>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <FileInput
              label={fixedLabels['/file']}
              placeholder="Choose a file"
              leftSection={<IconFileUpload size={16} aria-hidden />}
              description="Images and collections as a .zip, .tar or .tar.gz"
              accept={acceptedEndings}
              value={file}
              onChange={choose}
              clearable
            />
            <TextInput
              label={fixedLabels['/path']}
              description="Below the data folder of the server"
              value={values.path}
              onChange={(event) => changeSource({ path: event.currentTarget.value })}
              error={mistakeOf(inspection.error, '/path')}
              disabled={file !== null}
            />
            <Select
              label={fixedLabels['/format']}
              data={datasetFormats.map((value) => ({ value, label: formatLabels[value] }))}
              value={values.format}
              onChange={(value) => value && changeSource({ format: value as DatasetFormat })}
              allowDeselect={false}
            />
            <TextInput
              label={fixedLabels['/name']}
              description="Lower-case words joined by dashes"
              value={values.name}
              onChange={(event) => change({ name: event.currentTarget.value })}
              onBlur={() => setNameLeft(true)}
              error={values.name !== '' || nameLeft ? wrong.name : undefined}
              required
            />
          </SimpleGrid>
          <Group>
            <Button
              variant="default"
              leftSection={<IconSearch size={16} aria-hidden />}
              disabled={!named || !mayAdd}
              loading={inspection.isPending}
              onClick={() => inspection.mutate()}
            >
              Read columns
            </Button>
          </Group>
          {inspection.error ? <Failure error={inspection.error} labels={labels} /> : null}
        </Stack>
      </Paper>
      {inspection.data ? (
        <Paper>
          <Stack gap="sm">
            <Title order={2}>Mapping</Title>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {values.format === 'images' ? 'Classes' : 'Columns'}: {inspection.data.columns.join(', ')}
            </Text>
            <MappingFields
              values={values}
              columns={inspection.data.columns}
              objectives={objectives}
              onChange={change}
            />
            <Group>
              <Button
                leftSection={<IconEye size={16} aria-hidden />}
                disabled={lacks.length > 0 || !mayAdd}
                aria-describedby="lacks"
                loading={preview.isPending}
                onClick={() => preview.mutate()}
              >
                Preview
              </Button>
              <Button
                variant="default"
                disabled={!preview.data}
                aria-describedby="lacks"
                loading={creation.isPending}
                onClick={() => creation.mutate()}
              >
                Keep it
              </Button>
              <Text id="lacks" size="sm" c="dimmed" style={{ flex: '1 1 220px' }}>
                {lacks.length > 0 ? `To go on: ${lacks.join('; ')}.` : ''}
                {waitsForPreview ? 'It can be kept once you have seen its preview.' : ''}
              </Text>
            </Group>
            {preview.error ? <Failure error={preview.error} labels={labels} /> : null}
            {creation.error ? <Failure error={creation.error} labels={labels} /> : null}
          </Stack>
        </Paper>
      ) : null}
      {preview.data ? (
        <>
          <Report report={preview.data.report} />
          <Rows rows={preview.data.rows} label="First rows" />
        </>
      ) : null}
    </Page>
  );
}
