/** @file Adapters of several clients in one file, by their names: what a federation leaves where each client trains alone. */
import { type HostTensor, readSafetensors, SafetensorsError, writeSafetensors } from '@rankforge/peft';
import { parseMetadata, SET_FIELD } from '@rankforge/peft/extension';
import { z } from 'zod';

const CUT = '>';

const setSchema = z.array(z.object({ client: z.string(), metadata: z.record(z.string(), z.string()) }));

/** The file of these adapters. Tensors stand under the place of their client. */
export function encodeAdapterSet(adapters: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const read = Object.entries(adapters).map(([client, bytes]) => ({ client, ...readSafetensors(bytes, client) }));
  const tensors = read.flatMap(({ tensors }, place) =>
    [...tensors].map(([path, value]) => [`${place}${CUT}${path}`, value] as const),
  );
  const metadata = read.map(({ client, metadata }) => ({ client, metadata }));
  return writeSafetensors(new Map(tensors), { [SET_FIELD]: JSON.stringify(metadata) });
}

/**
 * The adapters of a file by their clients.
 *
 * @throws SafetensorsError for bytes that are no such file
 */
export function readAdapterSet(bytes: Uint8Array): Map<string, Uint8Array> {
  const { tensors, metadata } = readSafetensors(bytes, 'adapters');
  const clients = parseMetadata(metadata, SET_FIELD, setSchema, 'adapters');
  const own = clients.map(() => new Map<string, HostTensor>());
  for (const [name, value] of tensors) {
    const cut = name.indexOf(CUT);
    const of = own[Number(name.slice(0, cut))];
    if (!of) throw new SafetensorsError('adapters', `tensor ${name} is of none of the ${clients.length} clients`);
    of.set(name.slice(cut + 1), value);
  }
  return new Map(clients.map(({ client, metadata }, place) => [client, writeSafetensors(own[place]!, metadata)]));
}
