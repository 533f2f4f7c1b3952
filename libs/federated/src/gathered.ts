/**
 * @file A round so far: messages of its clients, what they keep, bytes; and what is aggregated of it, in the clear, privately or as a
 * masked sum.
 */
import type { HostState } from '@rankforge/peft';
import { count, nothingSent } from './counted.js';
import { examplesOf, type Federation } from './federation.js';
import { combine, requireLayout } from './named.js';
import { privateMean } from './privacy.js';
import { type Mask, numbersOf } from './secure.js';
import { SecureRound } from './secure-round.js';
import { siteFailure, siteSum } from './site-masks.js';
import type { Layout, Named, Received, ServerState } from './strategy.js';

/** A client's message as it came: what it says, or numbers that say nothing without those of the others. */
export interface Came {
  client: number;
  role?: string | undefined;
  tensors?: Named;
  masked?: ReadonlyMap<string, HostState>;
  bytes: number;
  /** Tensors that the client keeps, once the round is done whole. */
  own?: Named;
}

export class Gathered {
  readonly bytes = nothingSent();
  /** In the order of clients, whenever they came: sums of floating-point numbers depend on it. */
  readonly came: Came[] = [];
  /** Clients of the round that send nothing. */
  readonly lost: number[] = [];
  /** Clients whose message came, and that are gone before they tell shares. */
  private readonly gone: number[] = [];
  private secure: SecureRound | undefined;

  constructor(
    private readonly federation: Federation,
    private readonly round: number,
  ) {}

  add(message: Came): void {
    count(this.bytes, this.federation.clients[message.client]!.name, 'up', message.bytes);
    const after = this.came.findIndex(({ client }) => client > message.client);
    this.came.splice(after < 0 ? this.came.length : after, 0, message);
  }

  /** Asks which clients whose message came tell no shares to undo masks; none where messages are not masked. */
  async silent(): Promise<readonly number[]> {
    const { federation, clients, silent } = this.federation;
    if (!federation.secureAggregation) return [];
    for (const { client } of this.came) {
      if (await silent?.({ round: this.round + 1, client: clients[client]!.name })) this.gone.push(client);
    }
    return this.gone;
  }

  /** The masks of a client's message; undefined where messages are not masked, and where clients do it by keys of their own. */
  masksOf(client: number): Mask[] | undefined {
    const { federation, round } = this;
    if (!federation.federation.secureAggregation || this.keyed) return undefined;
    this.secure ??= new SecureRound(federation, round, this.bytes);
    return this.secure.of(client);
  }

  /** Why masks are left that nobody can undo; undefined where none are. */
  unmaskable(): string | undefined {
    if (!this.federation.federation.secureAggregation || !this.keyed) return undefined;
    const came = this.came.map(({ client }) => client);
    return siteFailure(this.federation, this.round, came);
  }

  /** Clients take their turns elsewhere, with keys of their own. */
  private get keyed(): boolean {
    const { apart, keys } = this.federation;
    return apart !== undefined && keys !== undefined;
  }

  /** Messages as a strategy aggregates them; none where there is nothing to aggregate. */
  received(before: ServerState): Received[] {
    const { federation } = this;
    const { privacy, participation, secureAggregation } = federation.federation;
    if (secureAggregation) return this.sum(before.tensors);
    if (!privacy) return this.inTheClear();
    const { subject, clients, random } = federation;
    const expected = participation.share * clients.length;
    const noise = random.fork(`noise/${this.round}`);
    return [privateMean(this.inTheClear(), before.tensors, { privacy, expected, subject, random: noise })];
  }

  /** Messages in the order of clients, with their shares. */
  private inTheClear(): Received[] {
    const { clients } = this.federation;
    const here = this.examples();
    const all = clients.reduce((sum, { examples }) => sum + examples, 0);
    return this.came.map(({ client, role, tensors }) => {
      const { examples, subject } = clients[client]!;
      return { client, subject, role, share: examples / here, shareOfAll: examples / all, tensors: tensors! };
    });
  }

  /**
   * One message in the place of all, of the sum of their changes. That of a client alone would be told by it, and is not taken.
   *
   * @param begun what the clients of the round received
   */
  private sum(begun: Named): Received[] {
    const { federation, came } = this;
    if (came.length < 2) return [];
    const { subject, plan } = federation;
    const layout: Layout = new Map(plan.info.map(({ path, shape }) => [path, shape]));
    const messages = came.map(({ masked }) => masked!);
    const ends = { came: came.map(({ client }) => client), lost: this.lost.toSorted((one, other) => one - other) };
    const sum = this.secure?.sum(messages, layout, { ...ends, silent: this.gone }) ?? siteSum(messages, layout);
    const weighted = numbersOf(sum);
    const share = this.examples() / examplesOf(federation, federation.participants(this.round));
    const tensors = combine([weighted, begun], ([change, from]) => from! + change! / share);
    return [
      { subject, client: 0, share: 1, shareOfAll: 1, tensors: requireLayout('the sum of clients', tensors, layout) },
    ];
  }

  private examples(): number {
    return examplesOf(
      this.federation,
      this.came.map(({ client }) => client),
    );
  }
}
