import { type Check, fail, ok } from './check.js';

/** Whether a notification that is sent through the pool arrives where the API listens. */
export const listening: Check = {
  name: 'LISTEN',
  advice:
    'the connection of DATABASE_DIRECT_URL, or else of DATABASE_URL, is down: look at PostgreSQL, and at the log of the API',
  async look({ notifications }) {
    if (await notifications.hearsEcho()) return [ok(this.name, 'an echo came back')];
    return [
      fail(
        this.name,
        'no echo came back: a pooler in transaction mode stands between, and changes are noticed seconds later',
        'set DATABASE_DIRECT_URL to an address past the pooler',
      ),
    ];
  },
};
