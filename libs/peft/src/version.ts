import { createRequire } from 'node:module';

// By name, so that it is found from a bundle too, which lies with a program.
const manifest = createRequire(import.meta.url)('@rankforge/peft/package.json') as { version: string };

/** Version of this library: what it trains may differ to the bit from what another version does. */
export const libraryVersion = manifest.version;
