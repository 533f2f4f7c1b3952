/** @file Keys of clients that everybody knows before anything is trained, as sites tell theirs on their cards. */

export interface SiteKeys {
  /** X25519 keys that anybody may know, of all clients by their names: 32 bytes each. */
  public: ReadonlyMap<string, Uint8Array>;
  /** The site whose turn is taken here; absent at the server. */
  own?: {
    /** 32 bytes. */
    secret: Uint8Array;
    /**
     * Names all that its message follows from besides the federation and the model: data, their form, the engine. The same for every client,
     * found by each itself: of two contexts no mask is the same, so that nobody learns how two messages differ.
     */
    context: string;
  };
}

/** @throws RangeError naming a client without a key */
export function requireKeys({ public: keys }: SiteKeys, clients: Iterable<string>): void {
  for (const name of clients) {
    const key = keys.get(name);
    if (key?.length !== 32) throw new RangeError(`keys: expected 32 bytes for ${name}, got ${key?.length ?? 'no key'}`);
  }
}
