/** @file What the times of steps say: a time a step, its ratio to torch, and whether a first loss is that of torch. */
import { percentile } from '../bench.js';
import type { StepOrder, StepTimes } from './order.js';

/** Steps that the paper of GaLore leaves between refreshes of a subspace. */
export const usualGap = 200;

/** Steps of a training that are left out: a program that compiles itself as it runs is slower in its first. */
export const warmUp = (steps: number) => Math.max(3, Math.floor(steps / 3));

/** A gap by which the first step of a training refreshes, and the last, which is timed: a refresh can take longer than all the others. */
export const timedGap = (steps: number) => steps - 1;

export interface Time {
  /** Milliseconds a step: the median, and with refreshes the mean over the steps from one to the next of {@link usualGap}. */
  cpu: number;
  wall: number;
  /** Milliseconds of all cores that a step with a refresh takes. */
  refresh?: number;
  /** Steps that were timed, of all rounds. */
  steps: number;
}

/**
 * @param rounds times of the same training, made several times
 * @param gap steps between the refreshes in them; undefined where there is nothing to refresh
 */
export function timeOf(rounds: readonly Pick<StepTimes, 'cpuMs' | 'wallMs'>[], gap?: number): Time {
  const refreshes = (step: number) => gap !== undefined && step % gap === 0;
  const samples = (of: 'cpuMs' | 'wallMs', refreshed: boolean) =>
    rounds.flatMap((round) =>
      round[of].filter((_, step) => step >= warmUp(round[of].length) && refreshes(step) === refreshed),
    );
  const each = (of: 'cpuMs' | 'wallMs') => {
    const plain = percentile(samples(of, false), 0.5);
    if (gap === undefined) return { plain, mean: plain };
    const refresh = percentile(samples(of, true), 0.5);
    return { plain, refresh, mean: (plain * (usualGap - 1) + refresh) / usualGap };
  };
  const [cpu, wall] = [each('cpuMs'), each('wallMs')];
  return {
    cpu: cpu.mean,
    wall: wall.mean,
    ...(cpu.refresh === undefined ? {} : { refresh: cpu.refresh }),
    steps: samples('cpuMs', false).length + samples('cpuMs', true).length,
  };
}

export interface Compared extends Pick<StepOrder, 'engine' | 'options'> {
  threads: number;
}

const sameOptions = (a: Compared, b: Compared) =>
  a.options?.baseDtype === b.options?.baseDtype && a.options?.computeDtype === b.options?.computeDtype;

/** Rows of torch with as many threads: with the same numbers, and in float32 throughout. */
export function peersOf<Of extends Compared>(one: Compared, all: readonly Of[]): { alike?: Of; float32?: Of } {
  const torch = all.filter(({ engine, threads }) => engine === 'torch' && threads === one.threads);
  const alike = torch.find((other) => sameOptions(one, other));
  const float32 = torch.find(({ options }) => options === undefined);
  return { ...(alike && { alike }), ...(float32 && { float32 }) };
}

/** Shares by which first losses may differ. A head that each library draws by itself says more than the numbers do. */
const tolerances = { float32: 1e-4, bfloat16: 2 ** -8, drawnHead: 2 ** -5 };

/**
 * How a first loss differs from that of torch in float32 by more than the numbers of a way allow; undefined where it does not.
 *
 * @param way its name and options
 */
export function lossDifference(
  what: string,
  { options, objective }: Pick<StepOrder, 'options' | 'objective'>,
  loss: number,
  torch: number,
): string | undefined {
  const numbers = options === undefined ? 'float32' : 'bfloat16';
  const tolerance = tolerances[objective === 'classification' ? 'drawnHead' : numbers];
  if (Math.abs(loss - torch) <= tolerance * Math.abs(torch)) return undefined;
  return `${what}: the first loss is ${loss}, and in torch with float32 ${torch}; they may differ by a share of ${tolerance}`;
}
