import { type Check, fail, ok, warn } from './check.js';

/** Of the commands that BullMQ needs. */
const oldest = 5;

export const redis: Check = {
  name: 'Redis',
  advice: 'start it, or correct REDIS_URL and the REDIS_* files',
  async look({ queues }) {
    const { info } = await queues.inspect();
    const version = info.get('redis_version') ?? '';
    const named = info.has('valkey_version') ? `Valkey ${info.get('valkey_version')}` : version;
    if (info.get('role') !== 'master') {
      return [
        fail(
          this.name,
          `${named}, a replica: it takes no writes`,
          'name the primary in REDIS_URL, or Sentinels by redis+sentinel://',
        ),
      ];
    }
    if (Number(version.split('.')[0]) < oldest) return [fail(this.name, named, `update it to ${oldest} or newer`)];
    await queues.probe();
    const policy = info.get('maxmemory_policy');
    if (policy === 'noeviction') return [ok(this.name, `${named}, primary, takes writes`)];
    return [
      warn(
        this.name,
        `${named}, primary, may throw wake-ups away (maxmemory-policy ${policy})`,
        'set maxmemory-policy noeviction',
      ),
    ];
  },
};
