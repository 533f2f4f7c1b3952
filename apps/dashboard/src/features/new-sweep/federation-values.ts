/** @file The federation of the form, and the request that it stands for. */
import type { CreateSweepInput, RequestedFederation } from '@rankforge/contracts';

type Asked = NonNullable<CreateSweepInput['federation']>;
type Texts = string[];

/** Fields of every way to divide examples, so that a change of the way loses none. '' stands for the default. */
export interface FederationValues {
  partition: {
    by: RequestedFederation['partition']['by'];
    field: string;
    clients: number | '';
    beta: number | '';
    shares: Texts;
    seed: number | '';
  };
  rounds: number | '';
  localSteps: number | '';
  participation: Texts;
  sampling: 'fixed' | 'poisson' | '';
  /** Each text is `none`, or an attack with its share and maybe its factor, as `<attack>:<share>:<factor>`. */
  adversaries: Texts;
  lost: Texts;
  quorum: number | '';
  /** Privacy is asked for where there is a noise. */
  privacy: { clip: number | ''; noise: Texts; delta: number | '' };
  secureAggregation: boolean;
  asTrials: boolean;
  roundSeconds: number | '';
  held: boolean;
}

export const emptyFederation: FederationValues = {
  partition: { by: 'size', field: '', clients: 5, beta: 1, shares: ['1', '1', '1', '1', '1'], seed: '' },
  rounds: 10,
  localSteps: 10,
  participation: ['1'],
  sampling: '',
  adversaries: ['none'],
  lost: ['0'],
  quorum: '',
  privacy: { clip: '', noise: [], delta: '' },
  secureAggregation: false,
  asTrials: false,
  roundSeconds: '',
  held: false,
};

/** The number of a text; NaN, which the schema refuses, where it is none. */
export function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

const given = (value: number | '') => (value === '' ? Number.NaN : value);
const unlessEmpty = <N extends string>(name: N, value: number | '') =>
  (value === '' ? {} : { [name]: value }) as { [K in N]?: number };

export function toFederation(values: FederationValues): Asked {
  const { rounds, localSteps, participation, sampling, adversaries, privacy, secureAggregation } = values;
  const { lost, quorum, asTrials, roundSeconds, held } = values;
  return {
    partition: toPartition(values.partition),
    rounds: given(rounds),
    localSteps: given(localSteps),
    ...(participation.length > 0 && { participation: participation.map(toNumber) }),
    ...(sampling !== '' && { sampling }),
    ...(adversaries.length > 0 && { adversaries: adversaries.map(toAttack) }),
    ...(lost.length > 0 && { lost: lost.map(toNumber) }),
    ...unlessEmpty('quorum', quorum),
    ...(privacy.noise.length > 0 && {
      privacy: {
        clip: given(privacy.clip),
        noise: privacy.noise.map(toNumber),
        ...unlessEmpty('delta', privacy.delta),
      },
    }),
    ...(secureAggregation && { secureAggregation }),
    ...(asTrials && {
      asTrials,
      ...unlessEmpty('roundSeconds', roundSeconds),
      // The form shows this switch for clients by a field alone.
      ...(held && values.partition.by === 'field' && { held }),
    }),
  };
}

function toPartition({ by, field, clients, beta, shares, seed }: FederationValues['partition']): Asked['partition'] {
  if (by === 'field') return { by, field };
  if (by === 'size') return { by, shares: shares.map(toNumber), ...unlessEmpty('seed', seed) };
  return { by, clients: given(clients), beta: given(beta), ...unlessEmpty('seed', seed) };
}

function toAttack(text: string): NonNullable<Asked['adversaries']>[number] {
  const [attack = '', share, factor] = text.split(':');
  if (attack === 'none' && share === undefined) return { attack };
  return { attack, share: toNumber(share ?? ''), ...(factor !== undefined && { factor: toNumber(factor) }) };
}

/** The values that stand for the federation of an earlier sweep. */
export function fromFederation(asked: RequestedFederation | undefined): FederationValues {
  if (!asked) return emptyFederation;
  const { partition, rounds, localSteps, participation, sampling, adversaries, privacy, secureAggregation } = asked;
  const { lost, quorum, asTrials, roundSeconds = '', held } = asked;
  const shares = partition.by === 'size' ? partition.shares.map(String) : emptyFederation.partition.shares;
  return {
    partition: { ...emptyFederation.partition, ...partition, shares },
    rounds,
    localSteps,
    participation: participation.map(String),
    sampling: sampling ?? '',
    adversaries: adversaries.map((one) => ('share' in one ? `${one.attack}:${one.share}:${one.factor}` : one.attack)),
    lost: lost.map(String),
    quorum,
    privacy: privacy
      ? { clip: privacy.clip, noise: privacy.noise.map(String), delta: privacy.delta }
      : emptyFederation.privacy,
    secureAggregation,
    asTrials,
    roundSeconds,
    held,
  };
}
