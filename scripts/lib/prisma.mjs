import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** The environment with the engine named, unless the user names one or npm brought a native one. */
export function prismaEnvironment(env = process.env) {
  const native = readdirSync(join(root, 'node_modules/@prisma/engines')).some((file) =>
    file.startsWith('schema-engine-'),
  );
  if (env.PRISMA_SCHEMA_ENGINE_BINARY || native) return env;
  return { ...env, PRISMA_SCHEMA_ENGINE_BINARY: join(root, 'prisma/engine-shim.mjs') };
}
