import { compareMigrations } from '@rankforge/db';
import { type Check, fail, ok, warn } from './check.js';

export const migrations: Check = {
  name: 'migrations',
  advice: 'look at PostgreSQL first',
  async look({ database }) {
    const { applied, pending, unknown } = await compareMigrations(database);
    if (pending.length > 0) {
      return [
        fail(
          this.name,
          `${pending.length} wait, the first is ${pending[0]}`,
          'run the job of migrations (infra/README.md)',
        ),
      ];
    }
    if (unknown.length > 0) {
      return [
        warn(
          this.name,
          `the database has ${unknown.length} that this API does not know, such as ${unknown[0]}`,
          'update the images of the API',
        ),
      ];
    }
    return [ok(this.name, `all ${applied} applied`)];
  },
};
