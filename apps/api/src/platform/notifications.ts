import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type Database, PostgresSession } from '@rankforge/db';
import type pg from 'pg';
import { DATABASE } from './database.js';
import type { ApiSettings } from './env.js';
import { SETTINGS } from './settings.js';
import { apiVersion } from './version.js';

/** Channel the triggers notify with the id of the sweep that changed. */
const channel = 'rankforge_event';
/** Channel that the outbox notifies when it has got wake-ups. */
const outbox = 'rankforge_outbox';
/** Channel on which a process hears itself. */
const echo = 'rankforge_echo';
/** What the connection of an API that listens is called in pg_stat_activity, before its version and its host. */
export const apiSession = 'rankforge-api';
const reconnectMs = 1000;
const echoWithinMs = 5000;

/**
 * The one LISTEN connection of the process, opened again whenever it is lost. A notification is a hint that may be
 * missed while the connection is down: every listener polls as well. A pooler in transaction mode takes LISTEN and passes nothing
 * on, so each connection first sends itself an echo.
 */
@Injectable()
export class Notifications implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('notifications');
  private readonly emitter = new EventEmitter({ captureRejections: false }).setMaxListeners(100);
  private readonly stopped = new AbortController();
  private client: pg.Client | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(SETTINGS) private readonly settings: ApiSettings,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  /** Calls `listener` with the id of each sweep that changed. Returns the way to stop. */
  onSweepChanged(listener: (sweepId: string) => void): () => void {
    this.emitter.on('sweep', listener);
    return () => this.emitter.off('sweep', listener);
  }

  /** Calls `listener` when wake-ups were put into the outbox. */
  onOutboxFilled(listener: () => void): void {
    this.emitter.on('outbox', listener);
  }

  onApplicationBootstrap(): void {
    this.running = this.listen();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    await this.client?.end().catch(() => undefined); // the connection may be gone already
    await this.running;
  }

  private async listen(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        await this.listenOnce();
      } catch (err) {
        if (!signal.aborted) this.logger.warn({ err }, 'not listening to PostgreSQL; trying again');
      }
      await sleep(reconnectMs, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    }
  }

  /** Resolves when the connection has ended. */
  private async listenOnce(): Promise<void> {
    const client = new PostgresSession({
      connectionString: this.settings.databaseDirectUrl,
      keepAlive: true,
      application_name: `${apiSession} ${apiVersion} ${hostname()}`,
    });
    const ended = new Promise<void>((resolve, reject) => {
      client.once('end', resolve);
      // The server's farewell and the end of the socket are two errors; one without a listener ends the process.
      client.on('error', reject);
    });
    client.on('notification', ({ channel: of, payload }) => {
      if (of === channel && payload) this.emitter.emit('sweep', payload);
      if (of === outbox) this.emitter.emit('outbox');
    });
    ended.catch(() => undefined); // reported below, or by connect()
    await client.connect();
    this.client = client;
    await client.query(`LISTEN ${channel}; LISTEN ${outbox}`);
    if (!(await this.hearsEcho()) && !this.stopped.signal.aborted) {
      this.logger.warn(
        'notifications of PostgreSQL do not arrive: a pooler in transaction mode stands between. Set DATABASE_DIRECT_URL to an ' +
          'address past it; until then changes are noticed by asking, up to seconds later',
      );
    }
    await ended;
  }

  /**
   * Whether a notification that is sent through the pool arrives within 5 s.
   *
   * @throws the error of the database; where nothing listens now
   */
  async hearsEcho(): Promise<boolean> {
    const { client } = this;
    if (!client) throw new Error('not listening to PostgreSQL');
    const token = randomUUID();
    const over = new AbortController();
    const hear = ({ payload }: pg.Notification) => payload === token && over.abort();
    client.on('notification', hear);
    await client.query(`LISTEN ${echo}`);
    await this.database.$executeRaw`SELECT pg_notify(${echo}, ${token})`;
    const signal = AbortSignal.any([over.signal, this.stopped.signal]);
    await sleep(echoWithinMs, undefined, { signal }).catch(() => undefined); // heard, or stopped
    client.off('notification', hear);
    return over.signal.aborted;
  }
}
