import { Badge, Code, Paper, Table, Text } from '@mantine/core';
import { type GeneratorView, generatorKindOf, type PromptTemplateName } from '@rankforge/contracts';
import { IconMessage, IconMessagePlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { DeleteButton } from '../../components/delete-button.js';
import { Empty } from '../../components/feedback.js';
import { ButtonLink } from '../../components/links.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { ScrollFrame } from '../../components/scroll-frame.js';
import { Ago } from '../../components/time.js';
import { deleteGenerator, generatorKeys, generatorsQuery } from '../../lib/api/generators.js';
import { useMay } from '../../lib/api/session.js';

export function GeneratorsPage() {
  const query = useQuery(generatorsQuery);
  const mayAdd = useMay('submitter');
  return (
    <Page
      title="Generators"
      description="Language models that procedures ask: a base of this installation, a training of the project, or an endpoint."
      actions={
        mayAdd ? (
          <ButtonLink to="/generators/new" leftSection={<IconMessagePlus size={16} aria-hidden />}>
            Add a generator
          </ButtonLink>
        ) : null
      }
    >
      <QueryView query={query} label="generators">
        {(generators) =>
          generators.length === 0 ? (
            <Paper>
              <Empty icon={IconMessage} title="No generator was added yet">
                A sweep of the kind Evaluate compares procedures that ask one, such as pairwise ranking prompting.
              </Empty>
            </Paper>
          ) : (
            <ScrollFrame label="Generators">
              <Table miw={720} horizontalSpacing={10} highlightOnHover aria-label="Generators">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Model</Table.Th>
                    <Table.Th>Asked</Table.Th>
                    <Table.Th>Digest</Table.Th>
                    <Table.Th>Added</Table.Th>
                    <Table.Th>
                      <span className="rf-visually-hidden">Delete</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {generators.map((view) => (
                    <Row key={view.id} view={view} mayDelete={mayAdd} />
                  ))}
                </Table.Tbody>
              </Table>
            </ScrollFrame>
          )
        }
      </QueryView>
    </Page>
  );
}

/** How a model of this installation reads prompts. */
const asked: Readonly<Record<PromptTemplateName, string>> = {
  model: 'by its chat template',
  plain: 'as plain',
  chatml: 'as chatml',
};

function Row({ view, mayDelete }: { view: GeneratorView; mayDelete: boolean }) {
  const { id, generator, reproducible, createdAt } = view;
  const client = useQueryClient();
  const removal = useMutation({
    mutationFn: () => deleteGenerator(id),
    onSuccess: () => client.invalidateQueries({ queryKey: generatorKeys.all }),
  });
  return (
    <Table.Tr>
      <Table.Td fw={600}>{generator.name}</Table.Td>
      <Table.Td>{generatorKindOf(generator).model(generator)}</Table.Td>
      <Table.Td>
        {'template' in generator ? (
          <Text size="sm">Here, {asked[generator.template]}</Text>
        ) : (
          <>
            <Code>{generator.url}</Code>
            <Text size="xs" c="dimmed">
              {generator.api}
              {generator.keyFrom ? `, its key from ${generator.keyFrom}` : ''}
              {generator.price
                ? `; a million tokens cost ${generator.price.read} to read, ${generator.price.written} to write`
                : ''}
            </Text>
          </>
        )}
      </Table.Td>
      <Table.Td>
        <span className="rf-mono" title={generator.sha256}>
          {generator.sha256.slice(0, 12)}
        </span>{' '}
        {reproducible ? null : (
          <Badge
            size="sm"
            variant="light"
            color="yellow"
            title="Of what it says of itself: it may answer otherwise tomorrow."
          >
            not reproducible
          </Badge>
        )}
      </Table.Td>
      <Table.Td>
        <Ago at={createdAt} />
      </Table.Td>
      <Table.Td style={{ textAlign: 'right' }}>
        {mayDelete ? (
          <DeleteButton name={generator.name} removal={removal}>
            Sweeps can no longer ask it. What it answered stays known, and their results stay as they are.
          </DeleteButton>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
