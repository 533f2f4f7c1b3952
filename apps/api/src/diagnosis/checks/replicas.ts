import { apiSession } from '../../platform/notifications.js';
import { apiVersion } from '../../platform/version.js';
import { type Check, ok, warn } from './check.js';

/** API pods and their versions, by the connection on which each of them listens. */
export const replicas: Check = {
  name: 'API',
  advice: 'look at PostgreSQL first',
  async look({ database }) {
    const rows = await database.$queryRaw<{ name: string }[]>`
      SELECT "application_name" AS "name" FROM pg_stat_activity
      WHERE "datname" = current_database() AND starts_with("application_name", ${`${apiSession} `}) ORDER BY 1`;
    const found = rows.map(({ name }) => {
      const [, version = '', host = ''] = name.split(' ');
      return { version, host };
    });
    const text = found.map(({ version, host }) => `${host} ${version}`).join(', ');
    const other = found.some(({ version }) => version !== apiVersion);
    if (found.length === 0) {
      return [warn(this.name, `${apiVersion}; no API listens to PostgreSQL`, 'see the line LISTEN')];
    }
    if (other) return [warn(this.name, `several versions: ${text}`, 'wait for the rollout, or finish it')];
    return [ok(this.name, text)];
  },
};
