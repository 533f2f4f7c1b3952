/** @file A federation: how a sweep asks for its scenarios, and how the spec of a trial says the one it runs under. */
import { z } from 'zod';
import { text, unique, whole } from './bounds.js';
import { Slug } from './common.js';

const Seed = whole(0).default(0).meta({ description: 'Seed of the draws: the same clients for every trial.' });
const Clients = whole(1, 10_000);
const Share = z.number().positive().max(1);

/** How the training examples are divided between clients. */
export const FederationPartition = z
  .discriminatedUnion('by', [
    z.strictObject({
      by: z.literal('field'),
      field: text(64).meta({ description: 'A client for each value of this field of the examples.' }),
    }),
    z.strictObject({
      by: z.literal('dirichlet'),
      clients: Clients,
      beta: z.number().positive().max(1e6).meta({
        description: 'Concentration of the mixtures of classes: small numbers give each client few classes.',
      }),
      seed: Seed,
    }),
    z.strictObject({
      by: z.literal('size'),
      shares: z.array(z.number().positive().max(1e9)).min(1).max(10_000).meta({
        description: 'Shares of the examples, in any unit: a client for each.',
      }),
      seed: Seed,
    }),
  ])
  .meta({ id: 'FederationPartition' });
export type FederationPartition = z.infer<typeof FederationPartition>;

const Lost = z.number().min(0).lt(1);
const Quorum = z.number().min(0).max(1);
const Sampling = z.enum(['fixed', 'poisson']);
/** Defaults of the library too. A scenario is named without them, so that another default here renames those of before. */
export const usualFactor = 10;
export const usualDelta = 1e-5;
const Attack = z.strictObject({
  attack: Slug,
  share: z.number().min(0).max(1).meta({ description: 'Attackers among all clients, rounded.' }),
  factor: z
    .number()
    .positive()
    .max(1e6)
    .default(usualFactor)
    .meta({ description: 'A changed update is multiplied by it.' }),
});
const clip = z.number().positive().max(1e6).meta({ description: "Largest norm of a client's change." });
const noise = z.number().min(0).max(1e6).meta({ description: 'Deviation of the noise on the sum, over the clip.' });
const delta = z.number().positive().lt(1).default(usualDelta).meta({ description: 'The δ for which ε is said.' });

/** The federation of a sweep. `participation`, `lost`, `adversaries` and the noise are lists: each combination is a scenario with a board of its own. */
export const RequestedFederation = z
  .strictObject({
    partition: FederationPartition,
    rounds: whole(1, 100_000).meta({ description: 'Rounds of training at clients and aggregation.' }),
    localSteps: whole(1, 100_000).meta({
      description: 'Optimizer steps of a client in a round; `training.steps` is this times the rounds.',
    }),
    participation: unique(Share).default([1]).meta({ description: 'Shares of the clients that take part in a round.' }),
    sampling: Sampling.optional().meta({
      description:
        '`fixed`: as many clients in every round; `poisson`: each by itself with this probability, as privacy needs. Default: fixed, or poisson with privacy.',
    }),
    adversaries: unique(z.union([z.strictObject({ attack: z.literal('none') }), Attack]))
      .default([{ attack: 'none' }])
      .meta({ description: 'Clients that attack in every round; `none` is without.' }),
    privacy: z
      .strictObject({
        unit: z.literal('client').default('client').meta({ description: 'What ε speaks of.' }),
        clip,
        noise: unique(noise),
        delta,
      })
      .optional()
      .meta({ description: 'Clips changes of clients and adds noise to their sum. Omitted: neither.' }),
    lost: unique(Lost).default([0]).meta({
      description: 'Shares of the turns that are lost, each by itself: such a client sends nothing in that round.',
    }),
    quorum: Quorum.default(1).meta({
      description:
        'Share of the clients of a round whose messages are enough, where some are lost; with fewer the round changes nothing.',
    }),
    secureAggregation: z.boolean().default(false).meta({
      description:
        'The server learns the sum of messages alone. With `asTrials`: where clients are sites whose cards name keys.',
    }),
    asTrials: z.boolean().default(false).meta({
      description:
        'Each turn of a client is a trial on the queue, which any worker may run. Default: clients take turns in one process. The numbers are the same.',
    }),
    roundSeconds: z
      .number()
      .positive()
      .max(30 * 86_400)
      .optional()
      .meta({
        description:
          'With `asTrials`: a client that has sent nothing so long after its round began is lost to it. Default: it is waited for.',
      }),
    held: z.boolean().default(false).meta({
      description:
        'With `asTrials`: the turns of a client run on a worker that says it holds the data of its site. Default: on any worker.',
    }),
  })
  .meta({ id: 'RequestedFederation' });
export type RequestedFederation = z.infer<typeof RequestedFederation>;

/** The federation of a trial: one scenario, with what is usual left out. */
export const Federation = z
  .strictObject({
    partition: FederationPartition,
    rounds: whole(1, 100_000),
    localSteps: whole(1, 100_000),
    participation: z.strictObject({
      share: Share,
      sampling: Sampling,
      quorum: Quorum.optional().meta({ description: 'Absent: all of them.' }),
    }),
    lost: Lost.optional().meta({ description: 'Absent: no turn is lost.' }),
    ranks: z
      .record(z.string(), whole(1, 65_536))
      .optional()
      .meta({ description: 'Ranks of clients by name; others have that of the configuration.' }),
    adversaries: Attack.optional().meta({ description: 'Absent: nobody attacks.' }),
    privacy: z.strictObject({ clip, noise, delta }).optional().meta({ description: 'Absent: nothing is clipped.' }),
    secureAggregation: z.literal(true).optional(),
  })
  .meta({ id: 'Federation' });
export type Federation = z.infer<typeof Federation>;

/**
 * Every participation with every share of lost turns, every attack and every noise.
 * @example scenariosOf({ ...federation, participation: [1, 0.4] }).length // 2
 */
export function scenariosOf({
  partition,
  rounds,
  localSteps,
  participation,
  privacy,
  sampling = privacy ? 'poisson' : 'fixed',
  adversaries,
  lost,
  quorum,
  secureAggregation,
}: RequestedFederation): Federation[] {
  const noises = privacy ? privacy.noise : [undefined];
  return participation.flatMap((share) =>
    lost.flatMap((turns) =>
      adversaries.flatMap((attack) =>
        noises.map((noise) => ({
          partition,
          rounds,
          localSteps,
          participation: { share, sampling, ...(quorum < 1 && { quorum }) },
          ...(turns > 0 && { lost: turns }),
          ...('share' in attack && { adversaries: attack }),
          ...(privacy && noise !== undefined && { privacy: { clip: privacy.clip, noise, delta: privacy.delta } }),
          ...(secureAggregation && { secureAggregation }),
        })),
      ),
    ),
  );
}

/** Fields of a federation that belong to a configuration, as steps do: boards compare over them. All others are the scenario. */
export const federationSteps = ['rounds', 'localSteps', 'ranks'] as const satisfies readonly (keyof Federation)[];

/**
 * The name of a site within its project.
 * @example siteName('dataset:mail', 'north') // 'dataset:mail/north'
 */
export const siteName = (task: string, client: string): string => `${task}/${client}`;

/**
 * The name by which a worker says that it holds the data of a site: another project's data set of the same name is another site.
 * @example heldSite('0199e1f0-…', 'dataset:mail/north') // '0199e1f0-…/dataset:mail/north'
 */
export const heldSite = (projectId: string, site: string): string => `${projectId}/${site}`;

/** The name of a held site within its project. */
export const siteOfHeld = (held: string): string => held.slice(held.indexOf('/') + 1);

const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;

const partitionName = (partition: FederationPartition): string => {
  if (partition.by === 'field') return `clients by ${partition.field}`;
  const seeded = partition.seed === 0 ? '' : `, seed ${partition.seed}`;
  if (partition.by === 'dirichlet') return `${partition.clients} clients by Dirichlet(${partition.beta})${seeded}`;
  return `${partition.shares.length} clients by size ${partition.shares.join(':')}${seeded}`;
};

/**
 * A scenario for people, which no other has: boards are asked for by it.
 * @example scenarioName(federation) // 'clients by group, 40 % in a round, sign-flip by 20 %'
 */
export function scenarioName({
  partition,
  participation: { share, sampling, quorum },
  lost,
  adversaries,
  privacy,
  secureAggregation,
}: Omit<Federation, (typeof federationSteps)[number]>): string {
  return [
    partitionName(partition),
    ...(share === 1 && sampling === 'fixed'
      ? []
      : [`${percent(share)} in a round${sampling === 'poisson' ? ', each by itself' : ''}`]),
    ...(lost === undefined ? [] : [`${percent(lost)} lost`]),
    ...(quorum === undefined ? [] : [`quorum ${percent(quorum)}`]),
    ...(adversaries
      ? [
          `${adversaries.attack} by ${percent(adversaries.share)}${adversaries.factor === usualFactor ? '' : ` × ${adversaries.factor}`}`,
        ]
      : []),
    ...(privacy
      ? [
          `noise ${privacy.noise} at clip ${privacy.clip}${privacy.delta === usualDelta ? '' : ` and δ ${privacy.delta}`}`,
        ]
      : []),
    ...(secureAggregation ? ['secure sums'] : []),
  ].join(', ');
}

const ByteCount = whole(0, Number.MAX_SAFE_INTEGER);
const Bytes = z.object({ up: ByteCount, down: ByteCount });

/** What a federated training reports: who took part and what was sent, by round. */
export const FederationReport = z
  .object({
    clients: z.array(
      z.object({
        name: z.string(),
        examples: z.number().int(),
        rounds: z.number().int().meta({ description: 'Rounds whose model its message is part of.' }),
        attacks: z.literal(true).optional(),
        bytes: Bytes.optional().meta({
          description: 'Of all its messages, those before the first round included. Absent in older results.',
        }),
      }),
    ),
    bytes: Bytes.meta({ description: 'Of all messages, from clients and to them.' }),
    setUp: Bytes.meta({ description: 'Of those before the first round: frozen tensors, gradients of first values.' }),
    history: z.array(
      z.object({
        round: z.number().int(),
        participants: z.array(z.number().int()).meta({ description: 'Places in `clients`.' }),
        lost: z.array(z.number().int()).optional().meta({ description: 'Places of clients that sent nothing.' }),
        failed: z.string().optional().meta({ description: 'Why the round changed nothing.' }),
        bytes: Bytes,
        bytesByClient: z
          .object({ up: z.array(ByteCount), down: z.array(ByteCount) })
          .optional()
          .meta({
            description:
              'By places in `clients`. Absent in older results, where nobody sends anything, and of many clients and rounds.',
          }),
        aggregationError: z.number().optional().meta({
          description: 'Distance of the next update from the mean of those of clients, relative to it.',
        }),
        epsilon: z.number().optional().meta({ description: 'Of the rounds so far, where noise bounds it.' }),
      }),
    ),
  })
  .meta({ id: 'FederationReport' });
export type FederationReport = z.infer<typeof FederationReport>;
