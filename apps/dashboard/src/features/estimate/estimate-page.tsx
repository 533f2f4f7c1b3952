/** @file What would fit, before anything is uploaded: a model's shapes, methods, ranks and a budget. */
import { Grid, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type {
  BaseView,
  CreateEstimateInput,
  CreateFileEstimateInput,
  FileEstimate,
  MethodList,
} from '@rankforge/contracts';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Failure, Loading } from '../../components/feedback.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { basesQuery, methodsQuery } from '../../lib/api/catalog.js';
import { ProblemError } from '../../lib/api/client.js';
import { makeEstimate, makeFileEstimate } from '../../lib/api/estimates.js';
import { EstimateAnswer } from './estimate-answer.js';
import { EstimateForm } from './estimate-form.js';
import { FileRead } from './file-read.js';
import { changedBy, checkFileValues, checkValues, fieldOf, startValues } from './request.js';
import { useEstimateValues } from './use-estimate-values.js';

export function EstimatePage() {
  const methods = useQuery(methodsQuery);
  const bases = useQuery(basesQuery);
  return (
    <Page
      title="Estimate"
      description="What a training would hold at its peak, predicted from shapes alone. Nothing is run."
    >
      <QueryView query={methods} label="methods">
        {(methodList) => (
          <QueryView query={bases} label="base models">
            {(baseList) => <Estimator methods={methodList} bases={baseList} />}
          </QueryView>
        )}
      </QueryView>
    </Page>
  );
}

function Estimator({ methods, bases }: { methods: MethodList; bases: readonly BaseView[] }) {
  const { values, change } = useEstimateValues(() =>
    startValues(
      bases,
      methods.methods.map(({ name }) => name),
    ),
  );
  const isFile = values.source === 'file';
  const { request, mistakes } = isFile ? checkFileValues(values) : checkValues(values);
  const [asked] = useDebouncedValue(request && JSON.stringify({ isFile, request }), 400);
  const query = useQuery({
    queryKey: ['estimate', asked],
    queryFn: ({ signal }) => answerTo(JSON.parse(asked!), signal),
    enabled: asked !== undefined && request !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  const refused = request !== undefined && query.error instanceof ProblemError ? query.error.fields : [];
  const remote = Object.fromEntries(
    refused.map(({ path, message }) => [fieldOf(path.split('/').slice(1)), message]),
  ) as typeof mistakes;
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <EstimateForm
          values={values}
          errors={{ ...remote, ...mistakes }}
          methods={methods}
          bases={bases}
          targets={query.data?.estimate.model.targets ?? []}
          usualClasses={query.data?.estimate.classes ?? null}
          onChange={change}
        />
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <Paper component="section" aria-label="Answer" aria-busy={query.isFetching}>
          <Stack gap="md">
            <Title order={2}>
              Memory at the peak{' '}
              {query.isFetching && query.data ? (
                <Loader size="xs" role="status" aria-label="The estimate is being updated" />
              ) : null}
            </Title>
            {request === undefined ? (
              <Text size="sm" c="dimmed">
                {isFile && values.file === ''
                  ? 'Paste or upload a configuration of another tool.'
                  : mistakes.config && values.config === ''
                    ? 'Paste the config.json of a model: its weights are not needed.'
                    : 'Correct the fields marked red to see the estimate.'}
              </Text>
            ) : query.error ? (
              <Failure error={query.error} />
            ) : query.data ? (
              <>
                {query.data.file ? <FileRead file={query.data.file} /> : null}
                <EstimateAnswer
                  estimate={query.data.estimate}
                  onChange={query.data.file ? undefined : (way) => change(changedBy(way, values))}
                />
              </>
            ) : (
              <Loading label="estimate" />
            )}
          </Stack>
        </Paper>
      </Grid.Col>
    </Grid>
  );
}

type Asked = { isFile: false; request: CreateEstimateInput } | { isFile: true; request: CreateFileEstimateInput };

async function answerTo(
  asked: Asked,
  signal: AbortSignal,
): Promise<Omit<FileEstimate, 'file'> & Partial<FileEstimate>> {
  return asked.isFile
    ? makeFileEstimate(asked.request, signal)
    : { estimate: await makeEstimate(asked.request, signal) };
}
