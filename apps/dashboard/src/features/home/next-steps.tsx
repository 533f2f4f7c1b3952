import { Text } from '@mantine/core';
import { edgeText, isScored } from '@rankforge/contracts';
import { TextLink } from '../../components/links.js';
import { WidenLink } from '../../components/widen-link.js';
import { useMay } from '../../lib/api/session.js';
import { formatInteger } from '../../lib/format.js';
import type { Answered } from './answers.js';
import classes from './home-page.module.css';
import { HomeSection } from './home-section.js';

/** Steps that would make the newest answers firmer; each links to the form of a sweep that is filled with it. */
export function NextSteps({ answered }: { answered: readonly Answered[] }) {
  const maySubmit = useMay('submitter');
  if (!maySubmit) return null;
  return (
    <HomeSection title="Try next">
      <ul className={classes.list}>
        {answered.map((each) => (
          <Steps key={each.sweep.id} {...each} />
        ))}
        <li>
          <TextLink to="/estimate" size="sm">
            Estimate what fits a card
          </TextLink>
          <Text size="xs" c="dimmed">
            Before anything is trained
          </Text>
        </li>
      </ul>
    </HomeSection>
  );
}

function Steps({ sweep, board }: Answered) {
  const seeds = board.answers.flatMap(({ leader, tied, furtherSeeds, memoryBudgetMiB }) =>
    leader && furtherSeeds && memoryBudgetMiB !== null ? [{ leader, tied, seeds: furtherSeeds, memoryBudgetMiB }] : [],
  );
  const leading = board.rows.find(isScored);
  const answered = board.answers.find(({ leader }) => leader?.name === leading?.name)?.leader;
  const edge = leading?.edges[0];
  return (
    <>
      {seeds.slice(0, 1).map(({ leader, tied, seeds: further, memoryBudgetMiB }) => (
        <li key={memoryBudgetMiB}>
          <TextLink
            to="/sweeps/new"
            search={{
              from: sweep.id,
              fill: {
                contenders: [leader, ...tied].map(({ contender }) => contender),
                memoryBudgetMiB,
                seeds: further,
              },
            }}
            size="sm"
          >
            {formatInteger(further)} more {further === 1 ? 'seed' : 'seeds'} for {leader.name} and what is tied with it
          </TextLink>
          <Text size="xs" c="dimmed">
            They would tell the first from the nearest in {sweep.name}
          </Text>
        </li>
      ))}
      {edge && answered ? (
        <li>
          <WidenLink sweepId={sweep.id} contender={answered.contender} edge={edge} />
          <Text size="xs" c="dimmed">
            {answered.name} in {sweep.name}: {edgeText(edge)}
          </Text>
        </li>
      ) : null}
    </>
  );
}
