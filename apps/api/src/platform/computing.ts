import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { type FieldError, MIB, type ProblemKind } from '@rankforge/contracts';
import type { Database, Prisma } from '@rankforge/db';
import { Computed, type Question } from './computation.js';
import { DATABASE } from './database.js';
import type { ApiSettings } from './env.js';
import { breach } from './http/contract.js';
import { invalid, ProblemError } from './http/problem.js';
import { type JobOrigin, JobTurns } from './job-turns.js';
import { notDone } from './no-answer.js';
import { ProcessPool } from './process-pool.js';
import { SETTINGS } from './settings.js';
import { SnapshotCache } from './snapshot-cache.js';

/** Settings that services read which compute. */
export type ComputingSettings = Pick<
  ApiSettings,
  'databaseUrl' | 'dataDir' | 'artifactDir' | 'modelsDir' | 'digestsDir' | 'logLevel'
> & { generators: Pick<ApiSettings['generators'], 'addresses'> };

export interface ComputingJob {
  settings: ComputingSettings;
  computation: string;
  asked: unknown;
}

export type ComputingAnswer =
  | { bytes: Uint8Array; facts: object; breaches?: FieldError[] }
  | { problem: ComputedProblem }
  | { failed: string };

/** A problem as it comes from another process. */
export interface ComputedProblem {
  kind: ProblemKind;
  detail: string;
  errors: readonly FieldError[] | undefined;
  status: number;
  headers: Readonly<Record<string, string>>;
  cause: string | undefined;
}

/** What an answer that is kept depends on. */
export interface Keeping {
  /** What it depends on beside events of sweeps, as far as the question does not say it. */
  of: string;
  /** SQL: an event of the sweep `s` may change it; undefined: none does. */
  scope?: Prisma.Sql;
}

const script = new URL('../computing/child.bundle.js', import.meta.url);

/** Requests of a project that wait for their turn, and how long one may. */
const turns = { waiting: 32, patienceSeconds: 60 };
/** Processes of each lane side by side: all together at most. Each has connections of its own to PostgreSQL. */
const atOnce = { short: 1, long: 2 };
const limits = { heapMiB: 1536, memoryMiB: 2048, minutes: 2 };
const kept = { answers: 500, weight: 64 * MIB };

/**
 * Computes answers in processes of their own, so that none holds up what else the API does: these read the database, compute, hold the answer to its
 * contract and write it. Projects take turns, and an answer is kept while nothing that it depends on changed. Where the client leaves, the process ends.
 */
@Injectable()
export class Computing implements BeforeApplicationShutdown {
  private readonly logger = new Logger('computing');
  private readonly pool = new ProcessPool<ComputingJob, ComputingAnswer>(script, limits);
  private readonly lanes = {
    short: new JobTurns({ ...turns, atOnce: atOnce.short }),
    long: new JobTurns({ ...turns, atOnce: atOnce.long }),
  };
  private readonly kept: SnapshotCache<Computed>;
  private readonly settings: ComputingSettings;

  constructor(@Inject(DATABASE) database: Database, @Inject(SETTINGS) settings: ApiSettings) {
    const { databaseUrl, dataDir, artifactDir, modelsDir, digestsDir, logLevel } = settings;
    const generators = { addresses: settings.generators.addresses };
    this.settings = { databaseUrl, dataDir, artifactDir, modelsDir, digestsDir, logLevel, generators };
    this.kept = new SnapshotCache(database, { ...kept, weigh: ({ bytes }) => bytes.length });
  }

  /**
   * The answer to a question.
   *
   * @param keeping undefined where the answer is not kept
   * @throws ProblemError as the service that answers; or where it took too much, too many wait, or nobody does any more
   */
  async ask<Asked>(of: Question<Asked>, asked: Asked, origin: JobOrigin, keeping?: Keeping): Promise<Computed> {
    const compute = () => this.compute(of, asked, origin.signal);
    const key = keeping && JSON.stringify([of.name, origin.owner, asked, keeping.of]);
    const known = key && (await this.kept.known(key, keeping.scope));
    if (known) return known;
    // Whoever waited finds what was made meanwhile.
    const made = await this.lanes[of.lane].run(
      () => (key === undefined ? compute() : this.kept.get(key, keeping!.scope, compute)),
      origin,
    );
    if (made instanceof Computed) return made;
    throw notDone(this.logger, of.words, made);
  }

  beforeApplicationShutdown(): void {
    this.pool.close();
  }

  private async compute<Asked>(
    { name, words, advice }: Question<Asked>,
    asked: Asked,
    signal: AbortSignal,
  ): Promise<Computed> {
    const answer = await this.pool.run({ settings: this.settings, computation: name, asked }, signal);
    if ('bytes' in answer) {
      const { bytes, facts, breaches } = answer;
      if (breaches) this.logger.error({ computation: name, errors: breaches }, breach);
      return new Computed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), facts);
    }
    if ('problem' in answer) throw problemOf(answer.problem);
    if ('exceeded' in answer)
      throw invalid([{ path: '', message: `the ${words.thing} is too much: ${answer.exceeded}; ${advice}` }]);
    throw notDone(this.logger, words, answer);
  }
}

function problemOf({ kind, detail, errors, status, headers, cause }: ComputedProblem): ProblemError {
  return new ProblemError(kind, detail, errors, {
    status,
    headers,
    ...(cause !== undefined && { cause: new Error(cause) }),
  });
}
