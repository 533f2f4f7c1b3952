/** @file A client's turn in a round: it receives, trains and sends. All that goes between it and the server is an encoded message. */
import {
  createRandom,
  DivergedError,
  drive,
  type HostState,
  type HostTensor,
  type LoadedBase,
  type MemoryParts,
  openTraining,
  readAdapter,
  readStates,
  straight,
  undisturbed,
} from '@rankforge/peft';
import { type Driven, firstValues } from '@rankforge/peft/extension';
import { findAttack } from './attacks/registry.js';
import { type Federation, roundOptions } from './federation.js';
import { encodeMessage, readMessage } from './message.js';
import { combine, difference, layoutOf, requireLayout } from './named.js';
import { clipped } from './privacy.js';
import { type Masking, masked } from './secure.js';
import { adapterWith, type SharedStart, trainInput } from './start.js';
import type { ClientEnd, Layout, Named, Rounds, ServerState } from './strategy.js';

/** The server's message to one client, and what the client finds in it. */
export interface Download {
  bytes: Uint8Array;
  layout: Layout;
}

export interface TurnGiven {
  federation: Federation;
  rounds: Rounds<unknown>;
  start: SharedStart;
  /** The base that this round's clients train on. */
  base: LoadedBase;
  round: number;
  client: number;
  /** The message that the server sent to it. */
  download: Download;
  /** Tensors that it keeps from its last round. */
  own: Named;
  /** How it masks its message; absent where messages are in the clear. */
  secure: Masking | undefined;
}

export interface TurnTaken {
  outcome: Driven['outcome'];
  /** The message that it sends, and what it keeps; absent unless it completed its steps, and of a client that waits for `together`. */
  sent?: Sent;
  /** Its change, where it attacks together with others; `send` makes the message once they agree on one. */
  together?: { change: Named; send(change: Named): Sent };
  role?: string | undefined;
  peak: MemoryParts;
}

/** A message, and what the client keeps of the round. */
export interface Sent {
  message: Uint8Array;
  own?: Named;
}

/** The message that a round begins with. */
export function downloadOf(
  federation: Federation,
  rounds: Rounds<unknown>,
  state: ServerState,
  at: { round: number; client: number },
): Download {
  const { subject, strategyConfig: config, identity, clients } = federation;
  const { subject: client } = clients[at.client]!;
  const named = rounds.download?.(state, { subject, config, round: at.round, client }) ?? state.tensors;
  const packed = rounds.down?.pack(named, config) ?? named;
  return { bytes: encodeMessage({ federation: identity, direction: 'down', ...at }, packed), layout: layoutOf(named) };
}

export async function takeTurn(given: TurnGiven): Promise<TurnTaken> {
  const { federation, rounds, start, base, round, client, download, own } = given;
  const { strategyConfig: config, optimizer, options, method, signal, budgetBytes, turn } = federation;
  const { name, data, subject } = federation.clients[client]!;
  const { plan } = subject;
  const header = { federation: federation.identity, round, client, direction: 'down' as const };
  const received = unpacked(`the server, to ${name} in round ${round + 1},`, rounds.down, {
    message: readMessage(download.bytes, header),
    layout: download.layout,
    config,
  });
  const draws = `round/${round}/client/${client}`;
  const trainedOnly = (tensors: Named) => new Map(plan.info.map(({ path }) => [path, tensors.get(path)!] as const));
  const part = rounds.part?.({ config, own, random: federation.random.fork(`part/${draws}`) });
  const role = part?.role;
  const known = { subject, config, round, received, own, role };
  const fresh = () => {
    const random = createRandom(options.seed).fork(draws);
    const values = firstValues({ base, method, config: subject.config, random }, plan).adapters;
    return new Map([...values].filter(([path]) => plan.info.some((info) => info.path === path)));
  };
  const begun = trainedOnly(rounds.begin?.({ ...known, fresh }) ?? received);
  const turnOptions = roundOptions(federation, round);
  const { localSteps } = federation.federation;
  const { accumulate: usual = 1 } = turnOptions;
  const [steps, accumulate] = part && role === rounds.atOnce ? [1, localSteps * usual] : [localSteps, usual];
  const training = await openTraining({
    ...trainInput(federation),
    model: base,
    data,
    config: subject.config,
    optimizer: rounds.optimizer?.(optimizer, config, { received, own, role }) ?? optimizer,
    options: { ...turnOptions, steps, accumulate },
    start: adapterWith({ ...start, info: { ...start.info, config: subject.config } }, begun),
    draws,
    onEvent: (event) => federation.emit({ type: 'client', round: round + 1, client: name, event }),
  });
  if (training.stopped) return { outcome: 'stopped', peak: training.peak ?? start.peak };
  try {
    const driver = straight({ until: steps, validates: false });
    const { outcome } = await drive(training, driver, {
      turn: turn ?? undisturbed,
      signal,
      budgetBytes,
      emit: async () => {},
    });
    const peak = training.peak();
    if (outcome !== 'completed') return { outcome, peak };
    const { tensors } = readAdapter(await training.adapter());
    requireFrozen(name, tensors, start.frozen);
    const state = rounds.optimizer ? optimizerState(await training.state()) : new Map<string, HostState>();
    const end = { ...known, begun, trained: trainedOnly(tensors), optimizer: state, steps };
    const told = rounds.told?.(end) ?? end;
    const trained = sentAs(federation, client, told);
    const send = (said: Named): Sent => {
      const { sent, own: kept } = rounds.upload?.({ ...end, ...told, trained: said }) ?? { sent: said };
      const packed = given.secure
        ? masked(difference(sent, received), { ...given.secure, round })
        : (rounds.up?.pack(sent, config) ?? sent);
      const message = encodeMessage({ ...header, direction: 'up' }, packed);
      return { message, ...(kept && { own: kept }) };
    };
    if (!attackOf(federation, client)?.together) return { outcome, peak, role, sent: send(trained) };
    const together = {
      change: difference(trained, told.begun),
      send: (change: Named) => send(combine([told.begun, change], ([from, by]) => from! + by!)),
    };
    return { outcome, peak, role, together };
  } catch (error) {
    if (error instanceof DivergedError) error.message = `${name}, in round ${round + 1}: ${error.message}`;
    throw error;
  } finally {
    training.dispose();
  }
}

const attackOf = ({ federation: { adversaries }, attackers }: Federation, client: number) =>
  adversaries && attackers.has(client) ? findAttack(adversaries.attack) : undefined;

/** Makes what a client says that it trained: no longer a change than privacy allows, or what an attacker makes of it. */
function sentAs(
  federation: Federation,
  client: number,
  { begun, trained }: Pick<ClientEnd<unknown>, 'begun' | 'trained'>,
): Named {
  const { privacy, adversaries } = federation.federation;
  const own = privacy ? clipped(begun, trained, privacy.clip) : trained;
  return attackOf(federation, client)?.trained?.({ begun, trained: own, factor: adversaries!.factor }) ?? own;
}

/** Unpacks what a client sent, checked against its federation, its round and the layout, and finite. */
export function receive(
  { identity, clients, strategyConfig: config }: Federation,
  rounds: Rounds<unknown>,
  { bytes, round, client, role }: { bytes: Uint8Array; round: number; client: number; role: string | undefined },
): Named {
  const { name, subject } = clients[client]!;
  const who = `${name}, in round ${round + 1},`;
  const message = readMessage(bytes, { federation: identity, round, client, direction: 'up' });
  const trained: Layout = new Map(subject.plan.info.map(({ path, shape }) => [path, shape]));
  const layout = rounds.uploads?.(trained, role, subject) ?? trained;
  return unpacked(who, rounds.up, { message, layout, config });
}

function unpacked(
  who: string,
  packing: Rounds<unknown>['up'],
  { message, layout, config }: { message: ReadonlyMap<string, HostState>; layout: Layout; config: unknown },
): Named {
  const tensors = packing ? packing.unpack(message, layout, config) : (message as Named);
  return requireLayout(who, tensors, layout);
}

/** State of the optimizer in a checkpoint of a training. */
function optimizerState(checkpoint: Uint8Array): ReadonlyMap<string, HostState> {
  const section = 'optimizer:';
  const { tensors } = readStates(checkpoint, 'checkpoint');
  return new Map(
    [...tensors].flatMap(([name, value]) =>
      name.startsWith(section) ? [[name.slice(section.length), value] as const] : [],
    ),
  );
}

/** @throws Error naming a tensor that is not trained and changed all the same */
function requireFrozen(client: string, tensors: ReadonlyMap<string, HostTensor>, frozen: Named): void {
  for (const [path, { values }] of frozen) {
    const after = tensors.get(path)!.values;
    if (values.some((value, at) => !Object.is(value, after[at]))) {
      throw new Error(
        `${client} changed ${path}, which is frozen: clients whose frozen tensors differ cannot be aggregated`,
      );
    }
  }
}
