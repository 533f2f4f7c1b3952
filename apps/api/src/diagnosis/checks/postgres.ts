import { type Check, fail, ok } from './check.js';

/** Statements use functions and types that came with it. */
const oldest = 13;

interface Server {
  version: string;
  number: number;
  standby: boolean;
  readOnly: boolean;
}

export const postgres: Check = {
  name: 'PostgreSQL',
  advice: 'start it, or correct DATABASE_URL',
  async look({ database }) {
    const [server] = await database.$queryRaw<Server[]>`
      SELECT current_setting('server_version') AS "version", current_setting('server_version_num')::int AS "number",
        pg_is_in_recovery() AS "standby", current_setting('transaction_read_only') = 'on' AS "readOnly"`;
    const { version, number, standby, readOnly } = server!;
    if (standby || readOnly) {
      const role = standby ? 'a standby' : 'read-only';
      return [
        fail(
          this.name,
          `${version}, ${role}: it takes no writes`,
          'name the primary in DATABASE_URL, or all hosts with commas; where the disk is full, make room',
        ),
      ];
    }
    if (number < oldest * 10_000) return [fail(this.name, version, `update it to ${oldest} or newer`)];
    return [ok(this.name, `${version}, takes writes`)];
  },
};
