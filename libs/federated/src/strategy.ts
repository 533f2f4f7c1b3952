/**
 * @file A federated strategy as a record of pure functions: what clients receive, how they begin and train, what they send, and how their
 * messages become the next state of the server. Values are on the host; who opens trainings and encodes messages reads the record, and
 * nobody asks for its name.
 */

import type { Evidence, GradientPart, HostState, HostTensor, Method, NumbersOf, Paper, Random } from '@rankforge/peft';
import type { TrialPlan } from '@rankforge/peft/extension';
import type { z } from 'zod';

/** Tensors by path. */
export type Named = ReadonlyMap<string, HostTensor>;
/** Shapes by path. */
export type Layout = ReadonlyMap<string, readonly number[]>;

/** Facts of a federation that a strategy may know without a value. */
export interface Subject {
  method: Method;
  /** The method's configuration, parsed. */
  config: unknown;
  plan: TrialPlan;
  /** Clients that there are. */
  clients: number;
}

/** State that the server holds between two rounds. */
export interface ServerState {
  /** Values of everything that is trained: the global adapter, with its head. */
  tensors: Named;
  /** Tensors that the strategy keeps besides, by names of its own. */
  kept: Named;
}

/** Instructions for a client in a round. */
export interface Part {
  /** A word of the strategy's. */
  role: string;
}

/** A client's message of this round, unpacked. */
export interface Received {
  /** The client's method: its rank may be its own. */
  subject: Subject;
  /** The part that the client had, where the strategy has several. */
  role?: string | undefined;
  /** Its place among all clients. */
  client: number;
  /** Its examples over those of the clients whose messages there are. */
  share: number;
  /** Its examples over those of all clients. */
  shareOfAll: number;
  tensors: Named;
}

/** Facts that a strategy knows when it is called in a round. */
export interface RoundInput<C> {
  subject: Subject;
  config: C;
  /** 0-based. */
  round: number;
}

/** A client that is about to train. */
export interface ClientStart<C> extends RoundInput<C> {
  /** The part that the client has, where the strategy has several. */
  role?: string | undefined;
  /** Tensors that the server sent, unpacked. */
  received: Named;
  /** Tensors that the client keeps from one of its rounds to the next; empty before its first. */
  own: Named;
  /** First values of the method, drawn for this client and this round. */
  fresh(): Named;
}

/** A client that has trained. */
export interface ClientEnd<C> extends Omit<ClientStart<C>, 'fresh'> {
  /** Everything that is trained, by path, before its steps and after them. */
  begun: Named;
  trained: Named;
  /** State of its optimizer after its steps, by the names that the part gave. */
  optimizer: ReadonlyMap<string, HostState>;
  steps: number;
}

/** How a message becomes smaller on its way. */
export interface Packing<C> {
  pack(tensors: Named, config: C): ReadonlyMap<string, HostState>;
  /** @throws RangeError for a message that does not fit the layout */
  unpack(packed: ReadonlyMap<string, HostState>, layout: Layout, config: C): Named;
}

/** Sites that exchange messages once a round. */
export interface Rounds<C> {
  /** Says what a client does in a round; `own` is what it keeps from earlier ones. Default: every client does the same. */
  part?(input: { config: C; own: Named; random: Random }): Part;
  /** The role of those that take one step over the batches of all local steps, in place of a step for each. Default: nobody does. */
  atOnce?: string;
  /** Makes what the server keeps before the first round. Default: nothing besides the tensors. */
  start?(tensors: Named, input: Omit<RoundInput<C>, 'round'>): Named;
  /** Makes what a client receives when a round begins. Default: the tensors. Its layout follows from the state and the client's rank. */
  download?(state: ServerState, input: RoundInput<C> & { client: Subject }): Named;
  /**
   * Layout of what a client receives, from that of everything that is trained: bytes are predicted by it. `messages` made the state that
   * the round begins with; before the first round there is none. Default: that of everything that is trained.
   */
  downloads?(trained: Layout, given: { subject: Subject; messages: number }): Layout;
  /** Default: only those who take part in the round receive what it begins with. */
  receivers?: 'all';
  down?: Packing<C>;
  /** The values that a client begins with. Default: what it received. */
  begin?(client: ClientStart<C>): Named;
  /** The client's optimizer; `client` is absent where memory is predicted. Default: that of the training. */
  optimizer?(part: GradientPart, config: C, client?: Pick<ClientStart<C>, 'received' | 'own' | 'role'>): GradientPart;
  /**
   * The values whose difference a client tells of its round, where its message is not made of what it trained: attackers change the later
   * ones, and `upload` is given both. Default: everything that is trained, before its steps and after them.
   */
  told?(client: ClientEnd<C>): Pick<ClientEnd<C>, 'begun' | 'trained'>;
  /** Makes what a client sends, and what it keeps. Default: everything that is trained, and nothing. */
  upload?(client: ClientEnd<C>): { sent: Named; own?: Named };
  /** Layout of what a client sends. Default: that of everything that is trained. */
  uploads?(trained: Layout, role: string | undefined, subject: Subject): Layout;
  up?: Packing<C>;
  /** The next state. Messages are in the order of clients, and there is at least one. */
  aggregate(messages: readonly Received[], state: ServerState, input: RoundInput<C>): ServerState;
  /**
   * Updates of kernels, by path of the layer, that are not in the tensors but in the base that clients train on. Default: none.
   */
  kernels?(state: ServerState): ReadonlyMap<string, HostTensor>;
}

export interface Strategy<S extends z.ZodType = z.ZodType> {
  /** Registry name, e.g. `lora-fair`; the name of the file. */
  name: string;
  title: string;
  paper?: Paper;
  evidence: Evidence;
  /** One sentence for people who choose. */
  summary: string;
  /** Configuration with defaults and a description per field. */
  config: S;
  /** Version of its numbers in such a trial: see `Method.numbers`. Default: 1. */
  numbers?(of: NumbersOf<z.infer<S>>): number;
  /** The next state is linear in the messages, so that it may be made of a sum of them alone. */
  linear: boolean;
  /**
   * The next model's kernels are the mean of those of the clients, weighted by examples, whatever the clients send. Where they are
   * for some methods alone, this says for which.
   */
  exact(subject: Subject): boolean;
  /** Clients may have ranks of their own. Default: all have that of the configuration. */
  ownRanks?: true;
  /** Why it cannot be used: names what is in the way, and what would do. Undefined: it can. Default: it always can. */
  unfit?(subject: Subject, config: z.infer<S>): string | undefined;
  /** `together`: one training on the examples of all. `alone`: each site by itself. Neither sends anything. */
  sites: Rounds<z.infer<S>> | 'together' | 'alone';
}

/** Keeps the types of a strategy record and checks it against the slots. */
export const defineStrategy = <S extends z.ZodType>(strategy: Strategy<S>): Strategy<S> => strategy;

/** The optimizer that clients of a strategy step by: the costliest, where they have roles. */
export function clientOptimizer({ sites }: Strategy, config: unknown, optimizer: GradientPart): GradientPart {
  return (typeof sites === 'string' ? undefined : sites.optimizer?.(optimizer, config)) ?? optimizer;
}
