/** @file What papers say, beside what was measured on this installation. */
import { Badge, Group, Paper, Select, Stack, Text } from '@mantine/core';
import {
  baseText,
  commonRank,
  type PaperClaimEvidence,
  type PaperClaimList,
  type PaperClaimVerdict,
  type PaperClaimView,
  verdictText,
} from '@rankforge/contracts';
import { IconQuote } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty } from '../../components/feedback.js';
import { TextLink } from '../../components/links.js';
import { Page } from '../../components/page.js';
import { QueryView } from '../../components/query-view.js';
import { paperClaimsQuery } from '../../lib/api/paper-claims.js';
import { useLive } from '../../lib/use-live.js';
import { effectText, inOrder, triedText, valueText } from './paper-claims.js';
import classes from './paper-claims-page.module.css';

const colors: Record<PaperClaimVerdict, string> = {
  agrees: 'teal',
  'smaller than claimed': 'orange',
  'same direction': 'blue',
  'not comparable': 'gray',
  'not tested here': 'gray',
  contradicts: 'red',
  mixed: 'orange',
  'not told apart': 'blue',
  'not measured': 'gray',
};

const route = getRouteApi('/signed-in/paper-claims');

export function PaperClaimsPage() {
  useLive();
  const query = useQuery(paperClaimsQuery);
  return (
    <Page
      title="Paper claims"
      description="What papers say of methods and optimizers, and whether what was measured here agrees."
    >
      <QueryView query={query} label="paper claims">
        {(list) => <PaperClaims list={list} />}
      </QueryView>
    </Page>
  );
}

const all = 'all';

function PaperClaims({ list }: { list: PaperClaimList }) {
  const { verdict: shown = all } = route.useSearch();
  const navigate = route.useNavigate();
  const found = list.paperClaims.map(({ verdict }) => verdict);
  // One that is filtered by stays among the choices when its last claim has another.
  const verdicts = inOrder(shown === all ? found : [...found, shown]);
  const count = (verdict: PaperClaimVerdict) =>
    list.paperClaims.filter((paperClaim) => paperClaim.verdict === verdict).length;
  const paperClaims = verdicts
    .flatMap((verdict) => list.paperClaims.filter((paperClaim) => paperClaim.verdict === verdict))
    .filter(({ verdict }) => shown === all || verdict === shown);
  return (
    <Stack gap="md">
      <Select
        label="Verdict"
        data={[
          { value: all, label: `All ${list.paperClaims.length}` },
          ...verdicts.map((verdict) => ({ value: verdict, label: `${verdict}: ${count(verdict)}` })),
        ]}
        value={shown}
        onChange={(value) =>
          void navigate({ search: value === null || value === all ? {} : { verdict: value }, replace: true })
        }
        allowDeselect={false}
        w={220}
      />
      {paperClaims.length === 0 ? (
        <Paper>
          <Empty icon={IconQuote} title="No paper claim">
            {shown === all ? 'No method here records a paper claim.' : `No claim has the verdict "${shown}" now.`}
          </Empty>
        </Paper>
      ) : (
        <Paper p={0}>
          <ul className={classes.list} aria-label="Paper claims">
            {paperClaims.map((paperClaim) => (
              <PaperClaim key={`${paperClaim.of} ${paperClaim.name} ${paperClaim.text}`} paperClaim={paperClaim} />
            ))}
          </ul>
        </Paper>
      )}
      {list.without.length > 0 && shown === all ? (
        <Text size="sm">
          Nothing verified of {list.without.join(', ')}: there is a paper, and no claim of the paper was read there, in
          its abstract or in its code.
        </Text>
      ) : null}
      <Text size="sm" c="dimmed">
        A verdict on scores takes the paired test of a board, Holm-adjusted, at α = {list.alpha}; intervals are of 95 %,
        for all comparisons of the board together. An agreement takes the claimed direction and at least the claimed
        size, at equal rank. Nothing is tested on a base or with steps of less than a tenth of the paper&apos;s, or with
        a learning rate that was not chosen between others. A verdict is about the base that it names.
      </Text>
    </Stack>
  );
}

function PaperClaim({ paperClaim }: { paperClaim: PaperClaimView }) {
  const { title, text, source, compare, untold, verdict, evidence } = paperClaim;
  return (
    <li className={classes.paperClaim}>
      <div>
        <Group gap="xs" mb={2}>
          <Text fw={600}>{title}</Text>
          <Badge color={colors[verdict]} variant="light">
            {verdictText(paperClaim)}
          </Badge>
        </Group>
        <Text size="sm">{text}</Text>
        <Text size="xs" c="dimmed">
          {source}
        </Text>
      </div>
      <div>
        <Text size="sm" c="dimmed">
          {compare ? triedText(compare) : `Nothing here can tell. ${untold}.`}
        </Text>
        {evidence.map((one) => (
          <Evidence key={`${one.task} ${one.base}`} evidence={one} compare={compare!} />
        ))}
      </div>
    </li>
  );
}

function Evidence({
  evidence,
  compare,
}: {
  evidence: PaperClaimEvidence;
  compare: NonNullable<PaperClaimView['compare']>;
}) {
  const { task, own, other, seeds, sweepIds, verdict, because } = evidence;
  const rank = commonRank(evidence);
  return (
    <Text size="sm" mt={4} className="rf-numbers">
      {valueText(own, compare.measure)} against {valueText(other, compare.measure)}: {effectText(evidence)}, {verdict}
      {because === null ? '' : ` (${because})`}.{' '}
      <Text span size="xs" c="dimmed">
        {task} on {baseText(evidence)}, {rank === null ? '' : `rank ${rank}, `}
        {seeds} {seeds === 1 ? 'seed' : 'seeds'},{' '}
        {sweepIds.map((sweepId, index) => (
          <span key={sweepId}>
            {index > 0 ? ', ' : ''}
            <TextLink to="/sweeps/$sweepId" params={{ sweepId }} size="xs">
              {sweepIds.length === 1 ? 'sweep' : `sweep ${index + 1}`}
            </TextLink>
          </span>
        ))}
      </Text>
    </Text>
  );
}
