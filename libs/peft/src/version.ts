import { readFileSync } from 'node:fs';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

/** Version of this library: what it trains may differ to the bit from what another version does. */
export const libraryVersion = (JSON.parse(manifest) as { version: string }).version;
