import { Alert, Anchor, Badge, Code, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { BaseView, MethodView, OptimizerView, TaskView } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { baseListQuery, methodsQuery, tasksQuery } from '../../lib/api/catalog.js';
import { formatCount, formatInteger, formatLearningRate } from '../../lib/format.js';
import classes from './catalog-page.module.css';

export function CatalogPage() {
  const methods = useQuery(methodsQuery);
  const tasks = useQuery(tasksQuery);
  const bases = useQuery(baseListQuery);
  const name = useRouterState({ select: (state) => state.location.hash });
  useEntryInSight(name, methods.isSuccess && tasks.isSuccess && bases.isSuccess);
  return (
    <Page title="Catalog" description="Methods and optimizers that a sweep can compare here.">
      <Section title="Methods">
        <QueryView query={methods} label="methods">
          {({ methods: list }) => <Cards items={list.map((method) => <Method key={method.name} method={method} />)} />}
        </QueryView>
      </Section>
      <Section title="Optimizers">
        <QueryView query={methods} label="optimizers">
          {({ optimizers }) => (
            <Cards items={optimizers.map((optimizer) => <Optimizer key={optimizer.name} optimizer={optimizer} />)} />
          )}
        </QueryView>
      </Section>
      <Section title="Tasks">
        <QueryView query={tasks} label="tasks">
          {(list) => <Cards items={list.map((task) => <Task key={task.name} task={task} />)} />}
        </QueryView>
      </Section>
      <Section title="Base models">
        <QueryView query={bases} label="base models">
          {(list) => (
            <>
              <Cards items={list.bases.map((base) => <Base key={base.name} base={base} />)} />
              {list.unusable.map((base) => (
                <Alert key={base.name} color="red" title={`${base.name} cannot be used`}>
                  {base.reason}
                </Alert>
              ))}
            </>
          )}
        </QueryView>
      </Section>
    </Page>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Stack component="section" gap="sm" aria-label={title}>
      <Title order={2}>{title}</Title>
      {children}
    </Stack>
  );
}

function Cards({ items }: { items: React.ReactNode[] }) {
  return items.length === 0 ? (
    <Text size="sm" c="dimmed">
      None.
    </Text>
  ) : (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>{items}</SimpleGrid>
  );
}

/** Brings the entry that the address names into sight once it is there. */
function useEntryInSight(name: string, isRead: boolean) {
  useEffect(() => {
    if (isRead && name !== '') document.getElementById(name)?.scrollIntoView();
  }, [name, isRead]);
}

interface EntryProps {
  /** By which an address names it. */
  id: string;
  title: string;
  name: string;
  children: React.ReactNode;
}

function Entry({ id, title, name, children }: EntryProps) {
  return (
    <Paper component="article" miw={0} id={id} className={classes.entry}>
      <Stack gap={6}>
        <Group justify="space-between" gap="xs">
          <Title order={3}>{title}</Title>
          <Code>{name}</Code>
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}

function PaperLink({ paper }: { paper: MethodView['paper'] }) {
  if (!paper) return null;
  const text = `${paper.title} (${paper.year})`;
  return (
    <Text size="xs" c="dimmed">
      {paper.arxiv ? (
        <Anchor href={`https://arxiv.org/abs/${paper.arxiv}`} target="_blank" rel="noreferrer" size="xs">
          {text}
        </Anchor>
      ) : (
        text
      )}
    </Text>
  );
}

function EvidenceBadge({ evidence }: { evidence: MethodView['evidence'] }) {
  if (evidence.level === 'full') return null;
  return (
    <Badge color="yellow" title={evidence.reason}>
      partly verified
    </Badge>
  );
}

function Method({ method }: { method: MethodView }) {
  return (
    <Entry id={`method-${method.name}`} title={method.title} name={method.name}>
      <Text size="sm">{method.summary}</Text>
      {method.trains ? (
        <>
          <Text size="sm" c="dimmed">
            Trained in a layer: <span className="rf-mono">{method.parameterFormula}</span>
          </Text>
          <Text size="sm" c="dimmed">
            Floats in a step: <span className="rf-mono">{method.memoryFormula}</span>
          </Text>
          <Text size="sm" c="dimmed">
            Learning rates: {method.learningRates.map(formatLearningRate).join(', ')}
          </Text>
        </>
      ) : null}
      <PaperLink paper={method.paper} />
      <Group gap={6}>
        {method.usesRank ? <Badge color="gray">rank</Badge> : null}
        {method.trains ? null : <Badge color="gray">trains nothing</Badge>}
        {method.trains && method.startsAtBase ? <Badge color="gray">starts at the base</Badge> : null}
        <EvidenceBadge evidence={method.evidence} />
      </Group>
    </Entry>
  );
}

function Optimizer({ optimizer }: { optimizer: OptimizerView }) {
  return (
    <Entry id={`optimizer-${optimizer.name}`} title={optimizer.title} name={optimizer.name}>
      <Text size="sm" c="dimmed">
        Floats kept of a tensor: <span className="rf-mono">{optimizer.stateFormula}</span>
      </Text>
      <PaperLink paper={optimizer.paper} />
      <Group gap={6}>
        {optimizer.usesRank ? <Badge color="gray">rank</Badge> : null}
        <EvidenceBadge evidence={optimizer.evidence} />
      </Group>
    </Entry>
  );
}

function Task({ task }: { task: TaskView }) {
  return (
    <Entry id={`task-${task.name}`} title={task.title} name={task.name}>
      <Text size="sm">{task.description}</Text>
      <Text size="sm" c="dimmed">
        Measured by {task.primaryMetric.name} (
        {task.primaryMetric.direction === 'minimize' ? 'lower is better' : 'higher is better'})
      </Text>
      <Text size="xs" c="dimmed">
        {task.source.package} {task.source.version}
        {task.dataVersion !== undefined && `, prepared anew as version ${task.dataVersion}`}, {task.source.licence}
      </Text>
    </Entry>
  );
}

function inputText(input: BaseView['input']): string {
  switch (input.kind) {
    case 'tokens':
      return `vocabulary ${formatInteger(input.vocabularySize)}, up to ${formatInteger(input.contextLength)} tokens`;
    case 'image':
      return `images of ${input.height} × ${input.width} pixels in ${input.channels} ${input.channels === 1 ? 'channel' : 'channels'}`;
    case 'fields':
      return `${input.cardinalities.length} fields with ${input.cardinalities.map(formatInteger).join(', ')} ids`;
    case 'features':
      return `up to ${formatInteger(input.count)} features`;
  }
}

function Base({ base }: { base: BaseView }) {
  return (
    <Entry id={`base-${base.name}`} title={base.name} name={base.architecture}>
      <Text size="sm">
        {formatCount(base.parameters)} parameters: {formatInteger(base.layers)} {base.layers === 1 ? 'layer' : 'layers'}{' '}
        of width {formatInteger(base.width)}, {inputText(base.input)}
      </Text>
      <Text size="sm" c="dimmed">
        Adapters go on: {base.targets.join(', ')}
      </Text>
      <Text size="xs" c="dimmed" className="rf-mono" title={base.sha256}>
        sha256 {base.sha256.slice(0, 16)}…
      </Text>
    </Entry>
  );
}
