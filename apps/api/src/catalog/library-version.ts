import { readFileSync } from 'node:fs';

const manifest = new URL('../package.json', import.meta.resolve('@rankforge/peft'));

/** Version of the library that trains. */
export const libraryVersion = (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
