/** @file Facts that must be known when a browser comes back from the identity provider; kept in Postgres, for every replica. */
import { randomBytes } from 'node:crypto';
import { type Database, hashSessionSecret } from '@rankforge/db';
import { z } from 'zod';

/** Time a person has to sign in at the provider. */
export const departureSeconds = 30 * 60;

const Departure = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() });
export type Departure = z.infer<typeof Departure>;

/** Keeps a departure and removes those that were never finished. Returns the id for the browser's cookie. */
export async function keepDeparture(database: Database, departure: Departure): Promise<string> {
  const id = randomBytes(32).toString('base64url');
  await database.$executeRaw`DELETE FROM "Departure" WHERE "expiresAt" <= clock_timestamp()`;
  await database.$executeRaw`
    INSERT INTO "Departure" ("hash", "data", "expiresAt") VALUES (${hashSessionSecret(id)}, ${JSON.stringify(departure)}::jsonb,
      clock_timestamp() + make_interval(secs => ${departureSeconds}::float8))`;
  return id;
}

/** The departure of a browser, once; undefined when it was taken before, or took too long. */
export async function takeDeparture(database: Database, id: string): Promise<Departure | undefined> {
  const [row] = await database.$queryRaw<{ data: unknown }[]>`
    DELETE FROM "Departure" WHERE "hash" = ${hashSessionSecret(id)} AND "expiresAt" > clock_timestamp() RETURNING "data"`;
  return row && Departure.parse(row.data);
}
