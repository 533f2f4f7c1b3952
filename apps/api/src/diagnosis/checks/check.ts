import type { Finding } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import type { ApiSettings } from '../../platform/env.js';
import type { Notifications } from '../../platform/notifications.js';
import type { TrialQueues } from '../../platform/queues.js';

/** What checks look at. */
export interface Tools {
  database: Database;
  settings: ApiSettings;
  notifications: Notifications;
  queues: TrialQueues;
}

/** One thing that is looked at: a file, and a line of the registry. */
export interface Check {
  name: string;
  /** What to do where `look` fails. */
  advice: string;
  look(tools: Tools): Promise<Finding[]>;
}

export const ok = (name: string, found: string): Finding => ({ name, state: 'ok', found });
export const warn = (name: string, found: string, advice: string): Finding => ({ name, state: 'warn', found, advice });
export const fail = (name: string, found: string, advice: string): Finding => ({ name, state: 'fail', found, advice });
