/** @file What is broken, when and for how long: all of it follows from the seed. */
import { createRandom, type Random } from '@rankforge/peft';

/** What a kind of fault is done to. */
type Scope = 'api' | 'worker' | 'redis' | 'postgres' | 'artifacts';

/** Seconds after which a fault is healed, from and to; a fault of no length heals itself. */
type Length = readonly [from: number, to: number];

interface Kind {
  scope: Scope;
  length: Length;
  /** What a reader of the report should know. */
  about: string;
}

/** Past the lease of the chaos run's workers, with room for the reconciler to take the trial from the frozen one. */
const pastLease: Length = [8, 25];
const restart: Length = [0.5, 6];

export const faultKinds = {
  'kill-worker': { scope: 'worker', length: restart, about: 'SIGKILL of a worker; its trainer ends with it' },
  'kill-trainer': { scope: 'worker', length: [0, 0], about: 'SIGKILL of the process that trains' },
  'kill-runner': { scope: 'worker', length: [0, 0], about: 'SIGKILL of the runner of torch; its trainer stays' },
  'freeze-worker': { scope: 'worker', length: pastLease, about: 'SIGSTOP past the lease, then SIGCONT: the zombie' },
  'cut-worker-redis': { scope: 'worker', length: [4, 60], about: 'packets between a worker and Redis are dropped' },
  'cut-worker-postgres': {
    scope: 'worker',
    length: [4, 60],
    about: 'packets between a worker and Postgres are dropped',
  },
  'clock-jump': { scope: 'worker', length: [5, 30], about: "a worker's clock is an hour wrong, then right again" },
  'kill-api': { scope: 'api', length: restart, about: 'SIGKILL of the API, with dispatcher, planner and reconciler' },
  'cut-api-redis': { scope: 'api', length: [4, 60], about: 'packets between the API and Redis are dropped' },
  'cut-api-postgres': { scope: 'api', length: [4, 30], about: 'packets between the API and Postgres are dropped' },
  'kill-redis': { scope: 'redis', length: restart, about: 'SIGKILL of Redis; it comes back from its append-only file' },
  'flush-redis': { scope: 'redis', length: [0, 0], about: 'FLUSHALL' },
  'kill-postgres': { scope: 'postgres', length: restart, about: 'SIGKILL of Postgres and its backends' },
  'disk-full': { scope: 'artifacts', length: [3, 20], about: 'no byte is free where artifacts are stored' },
} as const satisfies Readonly<Record<string, Kind>>;

export type FaultKind = keyof typeof faultKinds;
export const faultKindNames = Object.keys(faultKinds) as FaultKind[];

export interface Fault {
  /** 1-based. */
  number: number;
  kind: FaultKind;
  /** `api`, `worker-2`, `redis`, `postgres` or `artifacts`. */
  target: string;
  /** It strikes when this share of the sweep's trials has ended: a slow machine gets the same faults at the same work. */
  at: number;
  healAfterMs: number;
  /** A draw in [0, 1) for what else the kind has to choose. */
  draw: number;
}

export interface ScheduleOptions {
  seed: number;
  faults: number;
  workers: number;
  /** Longest time before a fault is healed. */
  longestSeconds: number;
  /** Kinds this machine can do; default all. */
  kinds?: readonly FaultKind[];
}

/** The last fault strikes while this share of the work is done, so that it too hits a running sweep. */
const lastAt = 0.9;

/**
 * The faults of a seed. Kinds are dealt from a shuffled deck of all of them, so that each comes up as often as any other.
 *
 * @throws RangeError when no kind is left to deal
 * @example faultsOf({ seed: 7, faults: 100, workers: 3, longestSeconds: 60 })[0]!.kind
 */
export function faultsOf(options: ScheduleOptions): Fault[] {
  const { seed, faults, workers, longestSeconds, kinds = faultKindNames } = options;
  if (kinds.length === 0) throw new RangeError('a schedule needs at least one kind of fault');
  const random = createRandom(seed).fork('chaos');
  let deck: FaultKind[] = [];
  return Array.from({ length: faults }, (_, index): Fault => {
    if (deck.length === 0) deck = shuffled(kinds, random);
    const kind = deck.pop()!;
    const { scope, length } = faultKinds[kind];
    const [from, to] = length;
    // Squared: short outages are common and long ones rare.
    const seconds = Math.min(from + (to - from) * random.uniform() ** 2, longestSeconds);
    return {
      number: index + 1,
      kind,
      target: scope === 'worker' ? `worker-${1 + random.integer(workers)}` : scope,
      at: (lastAt * (index + random.uniform())) / faults,
      healAfterMs: Math.round(seconds * 1000),
      draw: random.uniform(),
    };
  });
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const deck = [...values];
  for (let last = deck.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [deck[last], deck[other]] = [deck[other]!, deck[last]!];
  }
  return deck;
}
