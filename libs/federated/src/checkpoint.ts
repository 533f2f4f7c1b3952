/** @file A federation after a round, as a safetensors file: what the server holds, what clients keep, and what all began with. */
import { type HostState, type MemoryParts, readStates, writeSafetensors } from '@rankforge/peft';
import { parseMetadata, toJson } from '@rankforge/peft/extension';
import { z } from 'zod';
import { type CountedTraffic, nothingSent, sumOf } from './counted.js';
import type { RoundRecord } from './federation.js';
import type { SharedStart } from './start.js';
import type { Named, ServerState } from './strategy.js';

const FORMAT = 'rankforge-federation-1';

const headSchema = z.object({
  format: z.literal(FORMAT),
  federation: z.string(),
  round: z.int().min(0),
  history: z.array(z.custom<RoundRecord>()),
  /** Absent in checkpoints of before it was told. */
  sent: z.custom<CountedTraffic>().optional(),
  start: z.custom<Pick<SharedStart, 'info' | 'bytes' | 'peak'>>().optional(),
  peak: z.custom<MemoryParts>().optional(),
  seconds: z.number().default(0),
  /** Metadata of checkpoints of trainings that clients go on with. */
  trainings: z.record(z.string(), z.record(z.string(), z.string())),
});

/** Everything that rounds leave to the next. */
export interface Standing {
  /** Rounds that are done. */
  round: number;
  history: RoundRecord[];
  /** Bytes of all rounds so far. */
  sent: CountedTraffic;
  start: SharedStart | undefined;
  /** Measured: the most that a client held so far. */
  peak: MemoryParts | undefined;
  /** Spent by clients and the server so far. */
  seconds: number;
  server: ServerState;
  /** Tensors that each client keeps, by its place. */
  own: Map<number, Named>;
  /** Checkpoints of trainings that clients go on with, where nobody sends anything. */
  trainings: Map<number, Uint8Array>;
}

/** The state of a federation that has not begun. */
export const nothingYet = (): Standing => ({
  round: 0,
  history: [],
  sent: nothingSent(),
  start: undefined,
  peak: undefined,
  seconds: 0,
  server: { tensors: new Map(), kept: new Map() },
  own: new Map(),
  trainings: new Map(),
});

export function writeStanding(federation: string, standing: Standing): Uint8Array {
  const { round, history, sent, start, peak, seconds, server, own, trainings } = standing;
  const read = new Map([...trainings].map(([client, bytes]) => [client, readStates(bytes, 'checkpoint')]));
  const sections: [string, ReadonlyMap<string, HostState>][] = [
    ['tensors', server.tensors],
    ['kept', server.kept],
    ['frozen', start?.frozen ?? new Map()],
    ['first', start?.first ?? new Map()],
    ...[...own].map(([client, tensors]): [string, Named] => [`own/${client}`, tensors]),
    ...[...read].map(([client, { tensors }]): [string, Map<string, HostState>] => [`training/${client}`, tensors]),
  ];
  const tensors = sections.flatMap(([section, named]) =>
    [...named].map(([path, value]) => [`${section}>${path}`, value] as const),
  );
  const head: z.output<typeof headSchema> = {
    format: FORMAT,
    federation,
    round,
    history,
    sent,
    ...(peak && { peak }),
    seconds,
    ...(start && { start: { info: start.info, bytes: start.bytes, peak: start.peak } }),
    trainings: Object.fromEntries([...read].map(([client, { metadata }]) => [client, metadata])),
  };
  return writeSafetensors(new Map(tensors), { federation: toJson(head) });
}

/**
 * @throws SafetensorsError for bytes that are no checkpoint of a federation
 * @throws Error for that of another federation
 */
export function readStanding(bytes: Uint8Array, federation: string): Standing {
  const { tensors, metadata } = readStates(bytes, 'checkpoint');
  const head = parseMetadata(metadata, 'federation', headSchema, 'checkpoint');
  if (head.federation !== federation) {
    throw new Error(
      `The checkpoint was taken of another federation: it says ${head.federation}, this one is ${federation}`,
    );
  }
  const sections = new Map<string, Map<string, HostState>>();
  for (const [name, value] of tensors) {
    const cut = name.indexOf('>');
    const section = name.slice(0, cut);
    if (!sections.has(section)) sections.set(section, new Map());
    sections.get(section)!.set(name.slice(cut + 1), value);
  }
  const named = (section: string) => (sections.get(section) ?? new Map()) as Named;
  const numbered = (kind: string) =>
    [...sections].flatMap(([section, values]) =>
      section.startsWith(kind) ? [[Number(section.slice(kind.length)), values] as const] : [],
    );
  return {
    round: head.round,
    history: head.history,
    sent: sumOf(head.sent ? [head.sent] : head.history.map(({ bytes }) => bytes)),
    peak: head.peak,
    seconds: head.seconds,
    start: head.start && {
      ...head.start,
      bytes: sumOf([head.start.bytes]),
      tensors: named('tensors'),
      frozen: named('frozen'),
      first: named('first'),
    },
    server: { tensors: named('tensors'), kept: named('kept') },
    own: new Map(numbered('own/').map(([client, values]) => [client, values as Named])),
    trainings: new Map(
      numbered('training/').map(([client, values]) => [client, writeSafetensors(values, head.trainings[client]!)]),
    ),
  };
}
