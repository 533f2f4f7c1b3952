/**
 * @file Masks of clients whose keys everybody knows before anything is trained, as sites tell theirs on their cards. Any two sites agree on
 * a mask by themselves (X25519), so that nobody has to speak within a round. What is not there is what undoes masks: where a site that was
 * waited for is lost, the round has no sum.
 */
import { createHash, hkdfSync } from 'node:crypto';
import type { HostState, HostTensor } from '@rankforge/peft';
import type { Federation } from './federation.js';
import { agreed, type Mask, maskedSum, signOf } from './secure.js';
import type { Layout, Named } from './strategy.js';

/** Zeros that every message holds: their sum says whether all masks cancel. */
const CHECK = 'check';
const checkShape = [4];
export const zeros: Named = new Map([[CHECK, { shape: checkShape, values: new Float32Array(4) }]]);

/** The shapes of a masked message. */
export const checkedLayout = (layout: Layout): Layout => new Map([...layout, [CHECK, checkShape]]);

/** Clients that send something in a round, as everybody can know before it begins. */
const expected = ({ participants, lostIn }: Federation, round: number): number[] =>
  participants(round).filter((client) => !lostIn(round).has(client));

/**
 * Masks of a client's message. Seeds follow from the secret of two sites, the federation, its context, and the model that the round begins
 * with: whoever is asked to train on other data or from another model masks with other words.
 *
 * @param model what the clients of the round receive
 * @throws Error where the secret is missing
 */
export function siteMasks(federation: Federation, { round, client, model }: SiteTurn): Mask[] {
  const { clients, identity, keys } = federation;
  const { name } = clients[client]!;
  if (!keys?.own) throw new Error(`${name} masks its message by the secret of its site, and there is none`);
  const { secret, context } = keys.own;
  const info = `rankforge-site-mask/${identity}/${context}/${digestOf(model)}`;
  const seedOf = (shared: Uint8Array) => new Uint8Array(hkdfSync('sha256', shared, new Uint8Array(0), info, 32));
  const others = expected(federation, round).filter((other) => other !== client);
  // The message of a client alone is of no use, and nobody shall read it.
  if (others.length === 0) return [{ seed: seedOf(secret), sign: 1 }];
  const keyOf = (of: number) => keys.public.get(clients[of]!.name)!;
  return others.map((other) => ({
    seed: seedOf(agreed(secret, keyOf(other))),
    sign: signOf(client, other),
  }));
}

interface SiteTurn {
  round: number;
  client: number;
  model: Named;
}

/**
 * The sum of messages whose masks cancel.
 *
 * @throws RangeError naming a tensor that is missing or of another shape
 * @throws Error where masks are left
 */
export function siteSum(messages: readonly ReadonlyMap<string, HostState>[], layout: Layout) {
  const sum = maskedSum(messages, checkedLayout(layout));
  if (sum.get(CHECK)!.values.some((word) => word !== 0)) {
    throw new Error(
      'the masks of a round do not cancel: its clients were told of different keys, clients or models, and their sum says nothing',
    );
  }
  sum.delete(CHECK);
  return sum;
}

/** Why a round has no sum: masks of clients that were waited for and sent nothing. */
export function siteFailure(federation: Federation, round: number, came: readonly number[]): string | undefined {
  const missing = expected(federation, round).filter((client) => !came.includes(client));
  if (missing.length === 0) return undefined;
  const names = missing.map((client) => federation.clients[client]!.name).join(', ');
  return `${names} sent nothing, and nobody can undo the masks that the others have with it`;
}

function digestOf(tensors: ReadonlyMap<string, HostTensor>): string {
  const hash = createHash('sha256');
  for (const [path, { shape, values }] of tensors) {
    hash.update(`${path} ${shape.join()}\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
