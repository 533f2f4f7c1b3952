import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Database, Prisma } from '@rankforge/db';

/** Token of the Postgres client (`Database`). */
export const DATABASE = Symbol('database');

/** A client inside a transaction, or the client itself. */
export type Sql = Prisma.TransactionClient;

/** Closes the pool after everything that uses it has ended. */
@Injectable()
export class DatabaseLifetime implements OnApplicationShutdown {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.$disconnect();
  }
}
