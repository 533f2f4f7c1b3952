/**
 * @file A client's turn that is taken in another process than the server's: what it begins with is the checkpoint of the round, and what it
 * leaves is one file. The server takes such files in the place of turns, so that both ways give the same bits.
 */
import {
  type HostState,
  type LoadedBase,
  type MemoryParts,
  readStates,
  type TrainEvent,
  writeSafetensors,
} from '@rankforge/peft';
import { type Driven, parseMetadata, toJson } from '@rankforge/peft/extension';
import { z } from 'zod';
import { readStanding, type Standing } from './checkpoint.js';
import { type FederateInput, type Federation, roundingOf, settleFederation, weightOf } from './federation.js';
import { updatedBase } from './global-model.js';
import { apartRefusal } from './refusal.js';
import type { Masking } from './secure.js';
import { siteMasks, zeros } from './site-masks.js';
import { scoreClient } from './site-scores.js';
import { adapterWith } from './start.js';
import type { Named } from './strategy.js';
import { downloadOf, type TurnTaken, takeTurn } from './turn.js';

const FORMAT = 'rankforge-turn-1';
const [SENT, OWN] = ['sent>', 'own>'];

/** Which client takes which turn. */
export interface TurnPlace {
  /** 0-based, as in checkpoints. */
  round: number;
  /** The client's place in the partition. */
  client: number;
}

const headSchema = z.object({
  format: z.literal(FORMAT),
  federation: z.string(),
  round: z.int().min(0),
  client: z.int().min(0),
  outcome: z.custom<Driven['outcome']>(),
  role: z.string().optional(),
  peak: z.custom<MemoryParts>(),
  seconds: z.number(),
  events: z.array(z.custom<TrainEvent>()),
  /** Metadata of the message; absent where none is sent. */
  message: z.record(z.string(), z.string()).optional(),
  keeps: z.boolean(),
});
type Head = z.output<typeof headSchema>;

/** A turn as its file tells of it. */
export interface LeftTurn extends Omit<TurnTaken, 'together'> {
  /** Events of the client's training, in their order. */
  events: readonly TrainEvent[];
  seconds: number;
}

/** Events that say something of a turn once it is over. */
const told: readonly TrainEvent['type'][] = ['step', 'notice'];

/**
 * Takes the turn of one client, from the checkpoint of a round that waits for it. In the turn behind the last round it trains nothing, and
 * scores its own examples of `validation`.
 *
 * @param input that of the federation; `resume` is the checkpoint
 * @returns the file for the server; undefined where it was stopped
 * @throws Error where the checkpoint is of another round or federation
 */
export async function takeTurnApart(
  input: FederateInput,
  { round, client }: TurnPlace,
): Promise<Uint8Array | undefined> {
  const beganAt = performance.now();
  const events: TrainEvent[] = [];
  const federation = settleFederation({
    ...input,
    onEvent: async (event) => {
      if (event.type === 'client' && told.includes(event.event.type)) events.push(event.event);
      await input.onEvent?.(event);
    },
  });
  const { rounds, identity, model } = federation;
  const refused = apartRefusal(federation.federation, federation.keys !== undefined);
  if (refused !== undefined) throw new Error(refused);
  if (!rounds) throw new Error(`strategy ${federation.strategy.name} has no turns: its clients send nothing`);
  if (!input.resume) throw new Error(`a turn of round ${round + 1} begins with a checkpoint, and none was given`);
  const standing = readStanding(input.resume, identity);
  if (standing.round !== round || !standing.start) {
    throw new Error(`a turn of round ${round + 1} begins with the checkpoint of round ${round}, got ${standing.round}`);
  }
  const base = rounds.kernels ? updatedBase(model, rounds.kernels(standing.server)) : model;
  try {
    if (round === federation.federation.rounds) return await ownScores(federation, base, { standing, client });
    const taken = await takeTurn({
      federation,
      rounds,
      start: standing.start,
      base,
      round,
      client,
      download: downloadOf(federation, rounds, standing.server, { round, client }),
      own: standing.own.get(client) ?? new Map(),
      secure: maskingOf(federation, { round, client, model: standing.server.tensors }),
    });
    if (taken.outcome === 'stopped') return undefined;
    return writeTurn(
      { federation: identity, round, client },
      {
        ...taken,
        events,
        seconds: (performance.now() - beganAt) / 1000,
      },
    );
  } finally {
    if (base !== model) base.dispose();
  }
}

/** How a client masks its message; undefined where messages are in the clear. */
function maskingOf(federation: Federation, turn: Parameters<typeof siteMasks>[1]): Masking | undefined {
  if (!federation.federation.secureAggregation) return undefined;
  const [weight, random] = [weightOf(federation, turn), roundingOf(federation, turn)];
  return { masks: siteMasks(federation, turn), weight, random, zeros };
}

/** Scores of the examples of `validation` that a client has, by what the rounds left. */
async function ownScores(
  { clients, validation, identity, ...federation }: Federation,
  base: LoadedBase,
  { standing: { start, server }, client }: { standing: Standing; client: number },
): Promise<Uint8Array> {
  const { name } = clients[client]!;
  const { method, data, turn, options } = federation;
  if (!validation) throw new Error(`${name} is to score validation, and nothing says which examples are its own`);
  return scoreClient(
    {
      model: base,
      method,
      adapter: adapterWith(start!, server.tensors),
      data,
      split: 'validation',
      batchSize: options.batchSize,
      ...(turn && { turn }),
    },
    { of: identity, client: name, indices: validation.get(name) ?? [] },
  );
}

function writeTurn(
  place: TurnPlace & { federation: string },
  { outcome, role, peak, seconds, sent, events }: LeftTurn,
): Uint8Array {
  const message = sent && readStates(sent.message, 'message');
  const sections: [string, ReadonlyMap<string, HostState>][] = [
    [SENT, message?.tensors ?? new Map()],
    [OWN, sent?.own ?? new Map()],
  ];
  const tensors = sections.flatMap(([section, named]) =>
    [...named].map(([path, value]) => [`${section}${path}`, value] as const),
  );
  const head: Head = {
    format: FORMAT,
    ...place,
    outcome,
    ...(role !== undefined && { role }),
    peak,
    seconds,
    events: [...events],
    ...(message && { message: message.metadata }),
    keeps: sent?.own !== undefined,
  };
  return writeSafetensors(new Map(tensors), { turn: toJson(head) });
}

/**
 * Reads what a client left.
 *
 * @throws SafetensorsError for bytes that are no such file
 * @throws Error for the turn of another federation, round or client
 */
export function readTurn(bytes: Uint8Array, { identity }: Federation, place: TurnPlace): LeftTurn {
  const { tensors, metadata } = readStates(bytes, 'turn');
  const head = parseMetadata(metadata, 'turn', headSchema, 'turn');
  const expected = { federation: identity, ...place };
  for (const field of ['federation', 'round', 'client'] as const) {
    if (head[field] === expected[field]) continue;
    throw new Error(`the turn is of ${field} ${head[field]}, and that of ${expected[field]} is waited for`);
  }
  const section = (prefix: string) =>
    new Map(
      [...tensors].flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
      ),
    );
  const { outcome, role, peak, seconds, events, message, keeps } = head;
  return {
    outcome,
    role,
    peak,
    seconds,
    events,
    ...(message && {
      sent: {
        message: writeSafetensors(section(SENT), message),
        ...(keeps && { own: section(OWN) as Named }),
      },
    }),
  };
}
