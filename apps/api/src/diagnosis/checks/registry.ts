import type { Check } from './check.js';
import { clock } from './clock.js';
import { encryption } from './encryption.js';
import { listening } from './listening.js';
import { migrations } from './migrations.js';
import { postgres } from './postgres.js';
import { redis } from './redis.js';
import { replicas } from './replicas.js';
import { store } from './store.js';
import { workers } from './workers.js';

/** In the order of their lines: what others need comes first. */
export const checks: readonly Check[] = [
  postgres,
  migrations,
  listening,
  redis,
  encryption,
  store,
  clock,
  replicas,
  workers,
];
