import { Inject, Injectable } from '@nestjs/common';
import { mayStillRun, type SweepState, TrialSpec, type TrialState } from '@rankforge/contracts';
import { ArtifactStore, type Database, mayBeChosen, trains } from '@rankforge/db';
import { leavesSeveral, strategies } from '@rankforge/federated';
import {
  type AdapterInfo,
  adapterPlan,
  encodedApart,
  findMethod,
  type Link,
  methodNames,
  readAdapterInfo,
  unmergeable,
} from '@rankforge/peft';
import type { MadeOn } from '../catalog/same-base.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';

/**
 * The adapters that a sweep starts from besides its base model, as far as they are known yet. `chain` says what the adapters of `on`
 * are, in their order; where a training is waited for, its own will be the last.
 */
export type Foundation = {
  sweepId: string;
} & MadeOn &
  (
    | { state: 'ready'; trialId: string; on: NonNullable<TrialSpec['on']>; chain: readonly Adapter[] }
    | { state: 'waits'; trialId: string | null; chain: readonly Adapter[] }
    /** It will never be there, unless a person sees to it. */
    | { state: 'failed'; trialId: string | null; reason: string }
  );

/** The facts of an adapter that a plan needs. */
type Adapter = Omit<Link, 'factors'>;

interface TrialRow extends MadeOn {
  id: string;
  sweepId: string;
  state: TrialState;
  reason: string | null;
  spec: unknown;
  sha256: string | null;
}

/** Models that trainings of this installation leave, for sweeps that start from them. */
@Injectable()
export class TrainedModels {
  private readonly store: ArtifactStore;
  /** By the adapter's hash: a file never changes. */
  private readonly known = new Map<string, Promise<AdapterInfo>>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) { artifactDir }: ApiSettings,
  ) {
    this.store = new ArtifactStore(artifactDir);
  }

  /** @param named id of a training, or of a sweep for its best; undefined where the project has neither */
  async find(named: string, projectId: string): Promise<Foundation | undefined> {
    const [trial] = await this.database.$queryRaw<TrialRow[]>`
      SELECT t."id", t."sweepId", t."base", s."baseSha256", t."state"::text AS "state", t."reason", t."spec", a."sha256"
      FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
        LEFT JOIN LATERAL (
          SELECT "sha256" FROM "Artifact" WHERE "trialId" = COALESCE(t."leaderId", t."id") AND "kind" = 'adapter'
          ORDER BY "step" DESC LIMIT 1) a ON true
      WHERE t."id" = ${named}::uuid AND s."projectId" = ${projectId}::uuid AND s."removedAt" IS NULL AND ${trains('t')}`;
    if (trial) return this.ofTrial(trial);
    const [sweep] = await this.database.$queryRaw<
      (MadeOn & { id: string; state: SweepState; queryTokens: number | null; best: string | null })[]
    >`
      SELECT s."id", s."base", s."baseSha256", s."state"::text AS "state", (s."spec"->'training'->>'queryTokens')::int AS "queryTokens", (
        SELECT t."id" FROM "Trial" t
        WHERE t."sweepId" = s."id" AND ${trains('t')} AND t."state" = 'SUCCEEDED' AND t."objective" IS NOT NULL
          AND ${mayBeChosen('t')} AND NOT t."method" = ANY(${beforeTokens}::text[])
          AND COALESCE(t."spec"->>'strategy', '') <> ALL(${leavingSeveral}::text[])
        ORDER BY t."objective" * (CASE WHEN s."objectiveDirection" = 'maximize' THEN -1 ELSE 1 END), t."ordinal"
        LIMIT 1) AS "best"
      FROM "Sweep" s WHERE s."id" = ${named}::uuid AND s."projectId" = ${projectId}::uuid AND s."removedAt" IS NULL`;
    if (!sweep) return undefined;
    const of = { sweepId: sweep.id, base: sweep.base, baseSha256: sweep.baseSha256, trialId: null };
    if (sweep.state === 'CANCELLED') return { ...of, state: 'failed', reason: `sweep ${sweep.id} was cancelled` };
    // All of its trainings have these places, so that none of them needs to be waited for.
    const encoded = encodedApart({ queryTokens: sweep.queryTokens ?? undefined });
    if (encoded !== undefined) {
      const reason = `no training of sweep ${sweep.id} leaves a model of its own: ${encoded}: ${goOn}`;
      return { ...of, state: 'failed', reason };
    }
    if (sweep.state !== 'COMPLETED') return { ...of, state: 'waits', chain: [] };
    if (sweep.best) return this.find(sweep.best, projectId);
    return { ...of, state: 'failed', reason: `no training of sweep ${sweep.id} left a model that can be merged` };
  }

  private async ofTrial({ id, sweepId, base, baseSha256, state, reason, spec, sha256 }: TrialRow): Promise<Foundation> {
    const of = { sweepId, base, baseSha256, trialId: id };
    const trial = TrialSpec.parse(spec);
    const { method, rank, trainedRank } = trial;
    const served = trainedRank === undefined || rank === null ? {} : { rank };
    // How these are held is for each trial that starts from them to say.
    const before = (trial.on ?? []).map(({ factors: _, ...on }) => on);
    const failed = (reason: string): Foundation => ({ ...of, state: 'failed', reason });
    const encoded = encodedApart(trial.training);
    const apart = unmergeable(findMethod(method), trial.methodConfig) ?? (encoded && `${encoded}: ${goOn}`);
    if (apart !== undefined) return failed(`${method} leaves no model of its own: ${apart}`);
    const waits = mayStillRun(state);
    if (!waits && (state !== 'SUCCEEDED' || sha256 === null)) {
      return failed(`training ${id} is ${state}${reason ? ` (${reason})` : ' and left no adapter'}`);
    }
    const on = waits ? before : [...before, { adapter: sha256!, ...served }];
    try {
      const chain = await this.chain(on);
      return waits
        ? { ...of, state: 'waits', chain: [...chain, planned(trial)] }
        : { ...of, state: 'ready', trialId: id, on, chain };
    } catch (cause) {
      return failed(`the adapter of training ${id} cannot be read: ${(cause as Error).message}`);
    }
  }

  /** @throws SafetensorsError, or an error of the file system, where an adapter cannot be read */
  private chain(on: NonNullable<TrialSpec['on']>): Promise<Adapter[]> {
    return Promise.all(
      on.map(async ({ adapter, rank }) => {
        const info = await this.info(adapter);
        const method = findMethod(info.method);
        const plan = adapterPlan(info);
        return { method, ...plan, ...(rank === undefined ? {} : { config: method.serves!.at(plan.config, rank) }) };
      }),
    );
  }

  private info(sha256: string): Promise<AdapterInfo> {
    const known = this.known.get(sha256) ?? readAdapterInfo(this.store.pathOf(sha256));
    this.known.set(sha256, known);
    known.catch(() => this.known.delete(sha256)); // told to whoever asks
    return known;
  }
}

/** The adapter that a training will leave, as far as its spec says. */
function planned({ method, methodConfig: config, training: { targets }, initial }: TrialSpec): Adapter {
  return { method: findMethod(method), config, targets, ...(initial && { initial }) };
}

/** A remedy where rows are read in a way that no base has. */
const goOn = 'go on from a training of it with "from", or name another model';

/** Methods that stand before the tokens: their training leaves no other model. */
const beforeTokens = methodNames.filter((name) => findMethod(name).sequence);

/** Strategies whose training leaves several models and no single one. */
const leavingSeveral = strategies.filter(leavesSeveral).map(({ name }) => name);
