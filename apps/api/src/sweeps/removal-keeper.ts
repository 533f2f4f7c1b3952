import { Inject, Injectable } from '@nestjs/common';
import {
  chooseGoing,
  type Database,
  deleteEvents,
  deletePoints,
  deleteTrials,
  isRemovalDue,
  lockRemoved,
  rowsAtOnce,
  settleRemoved,
} from '@rankforge/db';
import { Background } from '../platform/background.js';
import { DATABASE, type Sql } from '../platform/database.js';
import { takePlacementLock } from '../platform/placement-lock.js';

const everyMs = 30_000;

/** How far a pass through the trials of a removed sweep has come. Nothing is lost with it: another pass chooses the same. */
interface Pass {
  sweepId: string;
  /** Trials of smaller ordinals are still to be looked at; undefined: all of them. */
  below: number | undefined;
  /** Chosen trials whose rows are not all gone. */
  going: readonly string[];
  deleted: number;
  /** The deleted ones since the pass began anew: trials may be free now that others are gone, until a pass deletes none. */
  deletedInPass: number;
  /** Nothing more of the trials is to go. */
  choseAll: boolean;
}

/**
 * Deletes what removed sweeps have left, one bounded transaction after the other: 200 trials are chosen, or 10,000 rows deleted. Killed
 * at any point, it goes on; replicas take different sweeps, or the same one in turns.
 */
@Injectable()
export class RemovalKeeper extends Background {
  private pass: Pass | undefined;

  constructor(@Inject(DATABASE) private readonly database: Database) {
    super('removal of sweeps', everyMs);
  }

  /** Looks for what was removed now. */
  wake(): void {
    this.loop.wake();
  }

  protected async round(): Promise<void> {
    if (await this.step()) this.loop.wake();
  }

  /** Does the next piece of work, in one transaction. @returns whether there may be more */
  async step(): Promise<boolean> {
    const before = this.pass;
    // Kept once the transaction has committed: what it chose, or deleted, is so by then.
    this.pass = await this.database.$transaction((sql) => this.advance(sql, before), {
      timeout: 60_000,
      maxWait: 10_000,
    });
    return this.pass !== undefined || before !== undefined;
  }

  private async advance(sql: Sql, before: Pass | undefined): Promise<Pass | undefined> {
    if (!before && !(await isRemovalDue(sql))) return undefined;
    const isToChoose = !before || (before.going.length === 0 && !before.choseAll);
    // Whoever holds both took this one first.
    if (isToChoose) await takePlacementLock(sql);
    const sweep = await lockRemoved(sql, before?.sweepId);
    if (!sweep) return undefined;
    const pass = before ?? startPass(sweep.id);
    if (pass.going.length > 0) return this.deleteGoing(sql, pass);
    if (isToChoose) return this.choose(sql, pass);
    if ((await deleteEvents(sql, sweep.id)) === rowsAtOnce) return pass;
    const kept = await settleRemoved(sql, sweep, pass.deleted);
    this.logger.log({ sweepId: sweep.id, deleted: pass.deleted, kept }, 'what a removed sweep has left was deleted');
    return undefined;
  }

  private async choose(sql: Sql, pass: Pass): Promise<Pass> {
    const { lowest, going } = await chooseGoing(sql, pass.sweepId, pass.below);
    if (lowest !== undefined) return { ...pass, below: lowest, going };
    // Trials that are gone may have been all that referred to others.
    return { ...pass, below: undefined, going, deletedInPass: 0, choseAll: pass.deletedInPass === 0 };
  }

  private async deleteGoing(sql: Sql, pass: Pass): Promise<Pass> {
    const { going } = pass;
    if ((await deletePoints(sql, going)) === rowsAtOnce) return pass;
    const deleted = await deleteTrials(sql, going);
    return { ...pass, going: [], deleted: pass.deleted + deleted, deletedInPass: pass.deletedInPass + deleted };
  }
}

const startPass = (sweepId: string): Pass => ({
  sweepId,
  below: undefined,
  going: [],
  deleted: 0,
  deletedInPass: 0,
  choseAll: false,
});
