/** @file The key pair of a site, by which it masks its messages: the secret lies beside its examples, and its card tells the public key. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** X25519, 32 bytes in base64url. */
export const PublicKey = z.string().regex(/^[\w-]{43}$/, 'expected 32 bytes in base64url');

const fileOf = (kept: string) => `${kept}.key`;

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
 * The secret of a site, 32 bytes.
 *
 * @param kept the file of its examples
 * @throws Error naming the site where the secret cannot be read, or is not the one of the card
 */
export async function siteSecret(site: string, kept: string, publicKey: string): Promise<Uint8Array> {
  const file = fileOf(kept);
  const pair = await pairIn(file).catch((cause: Error) => {
    throw new Error(`${site}: the secret beside its file cannot be read: ${cause.message}`, { cause });
  });
  if (pair.public === publicKey) return pair.secret;
  throw new Error(
    `${site}: the secret in ${file} is not of the key on its card: put it back, or prepare the site and add the data set anew`,
  );
}

async function pairIn(file: string): Promise<{ public: string; secret: Uint8Array }> {
  const { x, d, crv } = createPrivateKey(await readFile(file)).export({ format: 'jwk' });
  if (crv !== 'X25519') throw new Error(`${file} holds a key for ${crv}, expected X25519`);
  return { public: x!, secret: new Uint8Array(Buffer.from(d!, 'base64url')) };
}
