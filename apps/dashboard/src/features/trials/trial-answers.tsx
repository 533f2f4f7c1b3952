/** @file Answers of a procedure, question by question: what was found, what was answered, and why that scored so. */
import { Accordion, Badge, Group, List, NativeSelect, Paper, Stack, Text, Title } from '@mantine/core';
import type { AnswerRecord, AnswersQuery, TrialDetail } from '@rankforge/contracts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { MoreButton } from '../../components/more-button.js';
import { QueryView } from '../../components/query-view.js';
import { trialAnswersQuery } from '../../lib/api/trials.js';
import { formatInteger, formatMetric } from '../../lib/format.js';

const orders: { value: AnswersQuery['sort']; label: string }[] = [
  { value: 'question', label: 'As the split has them' },
  { value: 'score', label: 'The worst first' },
  { value: '-score', label: 'The best first' },
];

/** Nothing where the trial keeps no answers. */
export function TrialAnswers({ trial }: { trial: TrialDetail }) {
  return trial.artifacts.some(({ kind }) => kind === 'answers') ? <Kept trialId={trial.id} /> : null;
}

function Kept({ trialId }: { trialId: string }) {
  const [sort, setSort] = useState<AnswersQuery['sort']>('question');
  const query = useInfiniteQuery(trialAnswersQuery(trialId, sort));
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end">
        <Title order={2}>Answers</Title>
        <NativeSelect
          label="Order of the answers"
          data={orders}
          value={sort}
          onChange={({ currentTarget }) => setSort(currentTarget.value as AnswersQuery['sort'])}
        />
      </Group>
      <QueryView query={query} label="answers">
        {({ pages }) => {
          const answers = pages.flatMap((page) => page.answers);
          const { split, questions, kept, metric } = pages[0]!;
          return (
            <Paper>
              <Stack gap="sm">
                <Text size="sm" c="dimmed">
                  {formatInteger(answers.length)} of {formatInteger(kept)} answers that are kept, to{' '}
                  {formatInteger(questions)} questions of the {split} split.
                </Text>
                <Accordion order={3}>
                  {answers.map((answer, at) => (
                    <Answered key={`${sort} ${at}`} id={`${at}`} answer={answer} metric={metric} />
                  ))}
                </Accordion>
                <MoreButton query={query}>Show more answers</MoreButton>
              </Stack>
            </Paper>
          );
        }}
      </QueryView>
    </Stack>
  );
}

function Answered({ id, answer, metric }: { id: string; answer: AnswerRecord; metric: string }) {
  const { question, request, right, answer: text, context, statements = [], scores, nearest, judged, quest } = answer;
  return (
    <Accordion.Item value={id}>
      <Accordion.Control>
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {question}
        </Text>
        <Group gap="xs" mt={4}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {text === '' ? 'No answer' : text}
          </Text>
          {request === undefined ? null : <Badge variant="light">{request}</Badge>}
          <Badge variant="default">
            {metric} {formatMetric(scores[metric] ?? null)}
          </Badge>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">
          <Text size="sm">
            Right: {right.join(' | ')}. Nearest to the answer: {nearest.right},{' '}
            {nearest.shared.length === 0 ? 'of which it has no word' : `with ${nearest.shared.join(', ')} in common`}.
            {judged === undefined ? '' : ` The judge takes the answer for ${judged ? 'right' : 'wrong'}.`}
          </Text>
          <Text size="sm">
            {Object.entries(scores)
              .map(([name, value]) => `${name} ${formatMetric(value)}`)
              .join(' · ')}
          </Text>
          {quest === undefined ? null : <Quests quest={quest} />}
          {statements.length > 0 ? (
            <List size="sm" aria-label="Other texts">
              {statements.map((one) => (
                <List.Item key={`${one.kind} ${one.text}`}>
                  {one.kind}: {one.text}
                </List.Item>
              ))}
            </List>
          ) : null}
          {context.length === 0 ? (
            <Text size="sm" c="dimmed">
              No passage stood before whoever answered.
            </Text>
          ) : (
            <List type="ordered" size="sm" aria-label="Passages that were read">
              {context.map(({ document, text: passage, evidence, score }, at) => (
                <List.Item key={`${at} ${document}`} style={{ overflowWrap: 'anywhere' }}>
                  {passage}{' '}
                  <Text span size="xs" c="dimmed">
                    document {formatInteger(document + 1)}
                    {score === undefined ? '' : `, search score ${formatMetric(score)}`}, {Math.round(100 * evidence)} %
                    evidence
                  </Text>
                </List.Item>
              ))}
            </List>
          )}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function Quests({ quest }: { quest: NonNullable<AnswerRecord['quest']> }) {
  return (
    <>
      <Text size="sm">
        Questions about the right answer: recall {formatMetric(quest.recall)}, F1 {formatMetric(quest.f1)}.
      </Text>
      <List size="sm" aria-label="Questions about the right answer">
        {quest.questions.map(({ question, right, said }, at) => (
          <List.Item key={`${at} ${question}`} style={{ overflowWrap: 'anywhere' }}>
            {question} {said ?? 'No answer'}{' '}
            <Text span size="xs" c="dimmed">
              right: {right ?? 'the right answer does not say'}
            </Text>
          </List.Item>
        ))}
      </List>
    </>
  );
}
