/** @file A message between a client and the server, as the bytes that a network would carry. */
import { type HostState, readStates, writeSafetensors } from '@rankforge/peft';
import { parseMetadata } from '@rankforge/peft/extension';
import { z } from 'zod';

const FORMAT = 'rankforge-message-1';

const headerSchema = z.object({
  format: z.literal(FORMAT),
  /** Names the federation: its method, strategy, options and clients. */
  federation: z.string(),
  round: z.int().min(0),
  client: z.int().min(0),
  direction: z.enum(['down', 'up']),
});

export type MessageHeader = Omit<z.output<typeof headerSchema>, 'format'>;

/** Metadata of a message: whose it is. */
export const messageMetadata = (header: MessageHeader): Record<string, string> => ({
  message: JSON.stringify({ format: FORMAT, ...header }),
});

/** A safetensors file: names and shapes of what is sent, and in the metadata whose it is. */
export const encodeMessage = (header: MessageHeader, tensors: ReadonlyMap<string, HostState>): Uint8Array =>
  writeSafetensors(tensors, messageMetadata(header));

/**
 * Unpacks a message.
 *
 * @throws SafetensorsError for bytes that are no message
 * @throws Error for the message of another federation, round, client or direction, such as one that is sent twice
 */
export function readMessage(bytes: Uint8Array, expected: MessageHeader): ReadonlyMap<string, HostState> {
  const { tensors, metadata } = readStates(bytes, 'message');
  const header = parseMetadata(metadata, 'message', headerSchema, 'message');
  for (const field of ['federation', 'direction', 'client', 'round'] as const) {
    if (header[field] === expected[field]) continue;
    throw new Error(
      `The message is of ${field} ${header[field]} (client ${header.client}, round ${header.round}), and ${expected[field]} is waited for: it is not taken`,
    );
  }
  return tensors;
}
