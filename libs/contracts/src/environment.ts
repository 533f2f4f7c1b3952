/** @file Reading a program's environment: once, at its start, into real types. */
import type { z } from 'zod';

/**
 * Parses environment variables by a schema whose fields carry descriptions.
 *
 * @param program who cannot start, for the message, e.g. `The worker`
 * @throws Error naming every variable that is missing or wrong, and what it is for
 * @example parseEnvironment('The worker', z.object({ PORT: z.coerce.number().describe('port to listen on') }), process.env)
 */
export function parseEnvironment<S extends z.ZodObject>(
  program: string,
  schema: S,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<S> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `  ${name}: ${message} (${schema.shape[name]?.description})`;
  });
  throw new Error(`${program} cannot start with this environment:\n${lines.join('\n')}`);
}
