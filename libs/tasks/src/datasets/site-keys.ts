/** @file The key pair of a site, by which it masks its messages: the secret lies beside its examples, and its card tells the public key. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** X25519, 32 bytes in base64url. */
export const PublicKey = z.string().regex(/^[\w-]{43}$/, 'expected 32 bytes in base64url');

const fileOf = (kept: string) => `${kept}.key`;
const cardsOf = (kept: string) => `${kept}.cards`;

/**
 * The public key of a site. A secret that lies there already stays, so that a site which is prepared again is known by the same key.
 *
 * @param kept the file of its examples; the secret is kept in `kept.key` (PKCS #8, PEM), which its owner alone may read
 * @throws Error where what lies there is no such secret
 */
export async function keepSiteKey(kept: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('x25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const file = fileOf(kept);
  await writeFile(file, privateKey, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await chmod(file, 0o600);
  return (await pairIn(file)).public;
}

/**
 * The secret of a site, 32 bytes, by which it masks messages of a data set. Where the site has the cards of all sites in `kept.cards`, the
 * keys of the data set must be those: whoever made the data set could have named keys of his own in their place.
 *
 * @param site as workers are told, e.g. `dataset:mail/north`
 * @param kept the file of its examples
 * @param keys those of the data set, by site
 * @throws Error naming the site where the secret cannot be read, or a key is not the one of its card
 */
export async function siteSecret(
  site: string,
  kept: string,
  keys: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const file = fileOf(kept);
  const pair = await pairIn(file).catch((cause: Error) => {
    throw new Error(`${site}: the secret beside its file cannot be read: ${cause.message}`, { cause });
  });
  if (pair.public !== keys[site.slice(site.lastIndexOf('/') + 1)]) {
    throw new Error(
      `${site}: the secret in ${file} is not of the key on its card: put it back, or prepare the site and add the data set anew`,
    );
  }
  await requireCards(site, cardsOf(kept), keys);
  return pair.secret;
}

/**
 * Asks a site whether it sends messages in the clear: one that has the cards of all in `kept.cards` masks them.
 *
 * @throws Error naming the site
 */
export async function requireClear(site: string, kept: string): Promise<void> {
  const file = cardsOf(kept);
  if ((await textOf(file)) === undefined) return;
  throw new Error(
    `${site} sends no message in the clear, since it has ${file}: set secureAggregation in the federation, or take the file away`,
  );
}

const KeyOnCard = z.object({ site: z.string(), publicKey: PublicKey });

async function requireCards(site: string, file: string, keys: Readonly<Record<string, string>>): Promise<void> {
  const text = await textOf(file);
  if (text === undefined) return;
  const wrong = (what: string) =>
    new Error(
      `${site}: ${what}; messages are not masked by keys that nobody vouches for: ask the sites for their cards`,
    );
  const known = new Map<string, string>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const card = KeyOnCard.safeParse(jsonOf(line));
    if (!card.success) throw wrong(`line ${at + 1} of ${file} is no card with a key`);
    known.set(card.data.site, card.data.publicKey);
  }
  for (const [name, key] of Object.entries(keys)) {
    if (!known.has(name)) throw wrong(`the data set names the site ${name}, which has no card in ${file}`);
    if (known.get(name) !== key)
      throw wrong(`the key of ${name} in the data set is not the one of its card in ${file}`);
  }
}

/** The text of a file; undefined where there is none. */
const textOf = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function keyIn(file: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Error(`${file} holds no private key (PKCS #8, PEM): move it away, or put the key back`, { cause });
  }
}

async function pairIn(file: string): Promise<{ public: string; secret: Uint8Array }> {
  const { x, d, crv } = keyIn(file, await readFile(file)).export({ format: 'jwk' });
  if (crv !== 'X25519') throw new Error(`${file} holds a key for ${crv}, expected X25519`);
  return { public: x!, secret: new Uint8Array(Buffer.from(d!, 'base64url')) };
}
