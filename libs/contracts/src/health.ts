/** @file Liveness and readiness, and how a launcher knows the API that it started. */
import { z } from 'zod';

export const ReadinessQuery = z.strictObject({
  challenge: z
    .string()
    .max(128)
    .regex(/^[0-9a-f]{32,128}$/, 'expected 32 to 128 hexadecimal digits')
    .optional()
    .describe('Random digits that an API with RANKFORGE_LAUNCH_SECRET answers with a proof of that secret'),
});
export type ReadinessQuery = z.infer<typeof ReadinessQuery>;

export const Readiness = z
  .object({
    ready: z.boolean(),
    dependencies: z.array(z.object({ name: z.string(), up: z.boolean(), detail: z.string().optional() })),
    version: z.string(),
    proof: z
      .string()
      .optional()
      .describe('HMAC-SHA-256 of the challenge and the port under RANKFORGE_LAUNCH_SECRET, where both were given'),
  })
  .meta({ id: 'Readiness' });
export type Readiness = z.infer<typeof Readiness>;

/**
 * What only a program that was given `secret` can answer to `challenge`. The port is part of it: another program cannot pass
 * the question on to the true API at its own port.
 */
export async function launchProof(secret: string, challenge: string, port: number): Promise<string> {
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey('raw', bytes.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const signed = await crypto.subtle.sign('HMAC', key, bytes.encode(`${challenge} ${port}`));
  return [...new Uint8Array(signed)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
