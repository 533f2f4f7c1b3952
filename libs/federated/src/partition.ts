/** @file Which client has which examples: pure functions of a seed and of what is known of the examples. */
import { atMost, type Random } from '@rankforge/peft';
import { shuffled } from '@rankforge/peft/extension';

/** Indices of each client's examples, ascending, by the client's name. */
export type Partition = ReadonlyMap<string, readonly number[]>;

/**
 * A client for each value of a field, in the order in which values first appear.
 *
 * @example
 * byField(['mail', 'forum', 'mail']); // mail: 0, 2; forum: 1
 */
export function byField(values: readonly (string | number)[]): Partition {
  const clients = new Map<string, number[]>();
  values.forEach((value, index) => {
    const name = String(value);
    const known = clients.get(name);
    if (known) known.push(index);
    else clients.set(name, [index]);
  });
  return clients;
}

/**
 * Clients whose shares of the examples are as given, in any unit; the examples are dealt in a random order. Rounding leaves no example
 * out: the first of each client follows the last of the client before.
 *
 * @throws RangeError for fewer examples than clients, or a share that is no positive number
 */
export function bySize(examples: number, shares: readonly number[], random: Random): Partition {
  requireClients(examples, shares.length);
  const wrong = shares.find((share) => !(share > 0 && Number.isFinite(share)));
  if (wrong !== undefined) throw new RangeError(`shares: expected positive numbers, got ${wrong}`);
  return dealt(
    inRandomOrder(
      Array.from({ length: examples }, (_, index) => index),
      random,
    ),
    shares,
    { offset: 0 },
  );
}

/**
 * Clients whose mixtures of labels are drawn from a Dirichlet distribution: for each label, shares of the clients with concentration
 * `beta`. Small numbers give each client few labels. A client may be left without an example, which a federation refuses.
 *
 * @throws RangeError for fewer examples than clients, or a concentration that is not positive
 */
export function byDirichlet(
  labels: readonly (string | number)[],
  { clients, beta, random }: { clients: number; beta: number; random: Random },
): Partition {
  requireClients(labels.length, clients);
  if (!(beta > 0 && Number.isFinite(beta))) throw new RangeError(`beta: expected a positive number, got ${beta}`);
  const parts = Array.from({ length: clients }, (): number[] => []);
  for (const [label, indices] of byField(labels)) {
    const stream = random.fork(`label/${label}`);
    const draws = parts.map((): number => gamma(beta, stream));
    // All of them below the smallest number there is: one client has the label.
    if (!draws.some((draw) => draw > 0)) draws[stream.integer(clients)] = 1;
    const order = inRandomOrder(indices, stream);
    // One offset for all cuts of a label: in the mean a client has its very share, also of labels with few examples.
    const cuts = { offset: stream.uniform() };
    for (const [client, part] of [...dealt(order, draws, cuts).values()].entries()) {
      for (const index of part) parts[client]!.push(index);
    }
  }
  return new Map(parts.map((part, client) => [`client-${client}`, part.sort((a, b) => a - b)]));
}

/** Cut where the sums of the shares are, rounded down once `offset`, 0 … 1, is added. */
function dealt(order: readonly number[], shares: readonly number[], { offset }: { offset: number }): Partition {
  const total = shares.reduce((sum, share) => sum + share, 0);
  let sum = 0;
  let from = 0;
  return new Map(
    shares.map((share, client) => {
      sum += share;
      const to = client === shares.length - 1 ? order.length : atMost(1, (sum / total) * order.length + offset);
      const part = order.slice(from, to).sort((a, b) => a - b);
      from = to;
      return [`client-${client}`, part];
    }),
  );
}

function requireClients(examples: number, clients: number): void {
  if (!Number.isSafeInteger(clients) || clients < 1 || clients > examples) {
    throw new RangeError(`clients: expected a whole number from 1 to the ${examples} examples, got ${clients}`);
  }
}

/** Indices in a random order. */
const inRandomOrder = (indices: readonly number[], random: Random): number[] =>
  Array.from(shuffled(indices.length, random), (at) => indices[at]!);

/** Marsaglia and Tsang (2000); below 1 by `gamma(k) = gamma(k + 1) · u^(1/k)`. */
function gamma(shape: number, random: Random): number {
  if (shape < 1) {
    const boost = (1 - random.uniform()) ** (1 / shape);
    return gamma(shape + 1, random) * boost;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
