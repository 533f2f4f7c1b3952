import { fileURLToPath } from 'node:url';

/** The checkout, four folders above `test/chaos/dist/chaos`. */
export const root = fileURLToPath(new URL('../../../..', import.meta.url));
