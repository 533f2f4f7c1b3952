/** @file Who takes part in a round. */
import type { Random } from '@rankforge/peft';
import { atLeast } from '@rankforge/peft/extension';
import { z } from 'zod';

export const participationSchema = z.strictObject({
  share: z.number().positive().max(1).default(1).describe('Clients that take part in a round, of all'),
  sampling: z
    .enum(['fixed', 'poisson'])
    .default('fixed')
    .describe('As many in every round, and at least one; or each by itself with this probability, and maybe none'),
  quorum: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'Share of the clients of a round whose messages are enough; with fewer the round fails and changes nothing',
    ),
});

export type Participation = z.output<typeof participationSchema>;

/** Clients of a round, ascending: a function of the seed and the round alone. */
export function participants(
  clients: number,
  round: number,
  { share, sampling, random }: Pick<Participation, 'share' | 'sampling'> & { random: Random },
): number[] {
  const stream = random.fork(`participants/${round}`);
  if (sampling === 'fixed') return drawn(clients, fixedNumber(clients, share), stream);
  return Array.from({ length: clients }, (_, client) => client).filter(() => stream.uniform() < share);
}

/** Clients of a round that has a fixed number of them. */
export const fixedNumber = (clients: number, share: number): number => Math.max(1, Math.round(share * clients));

/** Shares that undo a mask: as many as there are messages in a round that does not fail, and two at least. */
export const sharesNeeded = (clients: number, quorum: number): number => Math.max(2, atLeast(quorum, clients));

/** Why a round in which clients were lost changes nothing; undefined where enough are left. */
export function roundFailure(
  { came, lost, silent }: { came: number; lost: number; silent: number },
  { participation: { quorum }, secureAggregation }: { participation: Participation; secureAggregation: boolean },
): string | undefined {
  if (lost === 0 && silent === 0) return undefined;
  const all = came + lost;
  const wanted = atLeast(quorum, all);
  if (came < wanted) return `${came} of ${all} clients sent a message, and participation.quorum asks for ${wanted}`;
  const needed = sharesNeeded(all, quorum);
  if (secureAggregation && came < needed)
    return `${came} of ${all} clients sent a message, and it takes shares of ${needed} to undo the masks of those that were lost`;
  if (secureAggregation && came - silent < needed)
    return `${came - silent} of the ${came} clients whose messages came told shares, and it takes those of ${needed} to undo masks`;
  return undefined;
}

/** Clients whose turns in a round are lost, should they take part: each by itself with this probability. */
export function lostAmong(
  clients: number,
  round: number,
  { share, random }: { share: number; random: Random },
): ReadonlySet<number> {
  const stream = random.fork(`lost/${round}`);
  return new Set(Array.from({ length: clients }, (_, client) => client).filter(() => stream.uniform() < share));
}

/** Clients that attack, the same in all rounds. */
export const attackersAmong = (clients: number, share: number, random: Random): ReadonlySet<number> =>
  new Set(drawn(clients, Math.round(share * clients), random.fork('attackers')));

/** So many of all, ascending. */
function drawn(clients: number, wanted: number, stream: Random): number[] {
  const all = Array.from({ length: clients }, (_, client) => client);
  for (let taken = 0; taken < wanted; taken++) {
    const other = taken + stream.integer(clients - taken);
    [all[taken], all[other]] = [all[other]!, all[taken]!];
  }
  return all.slice(0, wanted).sort((a, b) => a - b);
}
