/** @file Test scores of a trial, and of the clients of its federation where the examples say whose they are. */
import type { Scores, TrialSpec } from '@rankforge/contracts';
import {
  divide,
  findStrategy,
  joinScores,
  leavesSeveral,
  meanEvaluation,
  metricsByClient,
  type Partition,
  readAdapterSet,
} from '@rankforge/federated';
import { type Evaluation, evaluate } from '@rankforge/peft';
import type { Order } from '../trial/executor.js';
import type { Finished, Tools } from './kinds/kind.js';
import { endedByParts, filesOfParts, waits } from './parts.js';
import type { Prepared } from './session.js';

type Metric = Prepared['task']['metrics'][number];
type Scored = Pick<Evaluation, 'metrics' | 'examples' | 'places'> & { byClient?: Record<string, Scores> };

/** The trial left an adapter for each client. */
export const leavesAdapterSet = ({ strategy }: TrialSpec): boolean =>
  strategy !== undefined && leavesSeveral(findStrategy(strategy));

/**
 * Scores of the test split by what a trial left. Where each client has an adapter of its own, an example scores the mean over them, and
 * a client's own examples are scored by its own.
 */
export async function testScores(
  spec: TrialSpec,
  left: Uint8Array,
  of: Omit<Parameters<typeof evaluate>[0], 'split' | 'adapter'>,
): Promise<Scored> {
  const { federation } = spec;
  const parts = federation?.partition.by === 'field' ? divide(of.data.test, federation.partition) : undefined;
  const score = (adapter: Uint8Array, places = false) => evaluate({ ...of, split: 'test', adapter, places });
  if (!leavesAdapterSet(spec)) {
    const evaluation = await score(left, true);
    return { ...evaluation, ...(parts && { byClient: metricsByClient(evaluation, parts) }) };
  }
  const evaluations = new Map<string, Evaluation>();
  for (const [client, adapter] of readAdapterSet(left)) evaluations.set(client, await score(adapter));
  return { ...meanEvaluation([...evaluations.values()]), ...(parts && { byClient: ownScores(evaluations, parts) }) };
}

/**
 * Scores of the test split where its examples lie at sites: joined from what each site scored of its own, or how the trial goes on until
 * all have.
 */
export async function siteScores(
  order: Order,
  { data }: Pick<Prepared, 'data'>,
  tools: Tools,
): Promise<Scored | Finished> {
  const clients = divide(data.test, order.spec.federation!.partition);
  const expected = { clients, when: 'asked for its scores', what: 'what sites score on their test examples' };
  if (!order.turns)
    return waits(
      0,
      [...clients.keys()].map((_, place) => place),
      expected,
    );
  const ended = endedByParts(order, expected);
  if (ended) return ended;
  const names = [...clients.keys()];
  const files = new Map(
    [...(await filesOfParts(order, expected, tools))].map(([place, file]) => [names[place]!, file]),
  );
  const evaluation = joinScores(data.objective, clients, { of: order.adapter!.sha256, files });
  return { ...evaluation, byClient: metricsByClient(evaluation, clients) };
}

function ownScores(evaluations: ReadonlyMap<string, Evaluation>, parts: Partition): Record<string, Scores> {
  const own = [...evaluations].map(([client, evaluation]) =>
    metricsByClient(evaluation, new Map([[client, parts.get(client) ?? []]])),
  );
  return Object.assign({}, ...own);
}

/**
 * The report of a scoring on clients: their scores, and for each metric the client that is served worst, of those whose examples tell
 * something of it.
 */
export function clientReport(byClient: Readonly<Record<string, Scores>>, metrics: readonly Metric[]) {
  const worst = metrics.flatMap(({ name, direction }) => {
    const scored = Object.entries(byClient).flatMap(([client, { [name]: value }]) =>
      value === undefined ? [] : [{ client, value }],
    );
    scored.sort((one, other) => (direction === 'maximize' ? one.value - other.value : other.value - one.value));
    return scored[0] ? [[name, scored[0]] as const] : [];
  });
  return { byClient, worst: Object.fromEntries(worst) };
}
