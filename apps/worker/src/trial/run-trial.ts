/** @file One wake-up from claim to outcome. Knows rows and leases, nothing of queues, processes or tensors. */
import { dominantPart, exceedsBudget, MIB, trialKindOf } from '@rankforge/contracts';
import {
  type ArtifactStore,
  awaitTurns,
  type BackToQueue,
  type ClaimedTrial,
  claimSiblings,
  type Database,
  endAttempt,
  type HandBack,
  handBack,
  type LeftArtifact,
  type RoomBeside,
  recordArtifact,
  recordLog,
  recordMetrics,
  recordResume,
  renewLeases,
  type StoredArtifact,
  type TrialOutcome,
} from '@rankforge/db';
import type { Logger } from 'pino';
import { type Executor, objectiveOf, type RunOutcome, type StopReason } from './executor.js';
import { type JournalSink, TrialJournal } from './journal.js';
import type { LeaseKeeper } from './lease-keeper.js';
import { longTimeout } from './long-timeout.js';
import { throughOutage } from './outage.js';
import { persist, releaseCheckpoints, releaseTurns, removeAll } from './release.js';
import type { SharedStatements } from './shared-statements.js';
import { paceWatch, tookTooLong } from './time-limit.js';

/** What every trial of a worker shares. */
export interface TrialTools extends SharedStatements {
  db: Database;
  store: ArtifactStore;
  leases: LeaseKeeper;
  executor: Executor;
  workerId: string;
  leaseSeconds: number;
  logger: Logger;
  /** Aborts when the worker drains: running trials leave a checkpoint and go back to their queue. */
  draining: AbortSignal;
  /** Called with what was written, for the worker's figures. */
  observe?: TrialObserver;
}

export interface TrialObserver {
  started(claimed: ClaimedTrial): void;
  progress(points: readonly { name: string; value: number }[]): void;
  ended(claimed: ClaimedTrial, ending: Ending): void;
}

/** `nothing`: there was no trial to claim. Otherwise how the attempt ended. */
export type Ending =
  | 'nothing'
  | 'succeeded'
  | 'over-budget'
  | 'failed'
  | 'timed-out'
  | 'waits'
  | 'cancelled'
  | 'lease-lost'
  | HandBack;

/** Artifacts by which a run that succeeded answers for what it did. */
const leftKinds = ['adapter', 'turn', 'answers', 'orders', 'texts', 'places', 'scores'] as const;

/** Newest checkpoints that are kept: one to go on from, one more in case it cannot be read. */
const keptCheckpoints = 2;

/** What a wake-up brings, and where it may be run. */
export interface WakeUpPlace {
  trialId: string;
  device: string;
  /** Room for siblings beside it; omitted: it runs without others. */
  beside?: RoomBeside;
  /** Nothing else runs on the device until it has ended. */
  wholeDevice?: boolean;
  /** Processes for which there is room. Default 1. */
  devices?: number;
  /** Called with the trials that run: all that were claimed, then those that are left whenever one has ended. */
  onRunning?(members: readonly ClaimedTrial[]): void;
}

/**
 * Claims a trial, with siblings where there is room for them, and runs them to their ends, each its own. A wake-up whose
 * trial is taken, cancelled or paused ends quietly.
 *
 * @returns how the trial that was asked for ended
 * @example await runTrial(tools, { trialId, device: 'host' });
 */
export async function runTrial(tools: TrialTools, wakeUp: WakeUpPlace): Promise<Ending> {
  const { executor } = tools;
  const { trialId, device, wholeDevice = false, devices = 1, beside } = wakeUp;
  const claimed = await tools.claims.ask({ trialId, device, wholeDevice, devices });
  const members = claimed === 'nothing' ? [] : await withSiblings(tools, { leader: claimed, device }, beside);
  const running = new Set(members);
  wakeUp.onRunning?.(members);
  const place = members.length > 1 ? executor.share?.() : undefined;
  const run = async (claimed: ClaimedTrial): Promise<Ending> => {
    tools.observe?.started(claimed);
    const ending = await runClaimed({ ...tools, executor: place ?? executor }, claimed, members.length);
    tools.observe?.ended(claimed, ending);
    running.delete(claimed);
    wakeUp.onRunning?.([...running]);
    return ending;
  };
  const endings = await Promise.allSettled(members.map(run));
  place?.close();
  const broken = endings.find((ending) => ending.status === 'rejected');
  if (broken) throw broken.reason;
  const [first] = endings;
  return first?.status === 'fulfilled' ? first.value : 'nothing';
}

/** @returns members of the pack that a claimed trial leads; itself alone where it leads none */
async function withSiblings(
  { db, workerId, leaseSeconds, executor, draining }: TrialTools,
  place: { leader: ClaimedTrial; device: string },
  beside: RoomBeside | undefined,
): Promise<ClaimedTrial[]> {
  if (!executor.share || !beside) return [place.leader];
  return throughOutage(() => claimSiblings(db, { workerId, leaseSeconds }, place, beside), { signal: draining });
}

/** @param sharing trials that share the process, and its time, with this one; itself included */
async function runClaimed(tools: TrialTools, claimed: ClaimedTrial, sharing: number): Promise<Ending> {
  const { lease, packId } = claimed;
  const logger = tools.logger.child({
    trialId: lease.trialId,
    attempt: claimed.attempt,
    ...(packId ? { packId } : {}),
  });
  const stop = new AbortController();
  const stopFor = (reason: StopReason) => stop.abort(reason);
  /** Nothing more can be written: waiting for Postgres has become pointless. */
  const gone = new AbortController();
  const held = tools.leases.hold(lease, (standing) => {
    gone.abort();
    stopFor(standing);
  });
  const journal = new TrialJournal(sinkOf(tools, claimed, gone.signal), {
    onLost: (reason) => {
      logger.warn({ reason }, 'trial given up');
      stopFor('lost');
    },
  });
  const drain = () => stopFor('drain');
  // The members of a pack get equal parts of its time.
  const limitSeconds = claimed.timeoutSeconds * sharing;
  const endLimit = longTimeout(() => stopFor('timeout'), limitSeconds * 1000);
  tools.draining.addEventListener('abort', drain);
  if (tools.draining.aborted) drain();
  logger.info({ method: claimed.spec.method, kind: claimed.kind, seed: claimed.spec.seed }, 'trial started');
  try {
    const execution = await execute(tools, claimed, { journal, limitSeconds }, stop.signal);
    const written = await journal.close();
    const reason = written ? (stop.signal.reason as StopReason | undefined) : 'lost';
    const ending = await end(tools, claimed, execution, reason, journal);
    logger.info({ ending }, 'trial ended');
    return ending;
  } finally {
    endLimit();
    tools.draining.removeEventListener('abort', drain);
    held.release();
    await journal.close();
  }
}

async function execute(
  { executor, logger }: TrialTools,
  claimed: ClaimedTrial,
  { journal, limitSeconds }: { journal: TrialJournal; limitSeconds: number },
  signal: AbortSignal,
): Promise<RunOutcome> {
  const budgetBytes = Math.floor(claimed.memoryBudgetMiB * MIB);
  const { predicted } = claimed;
  if (predicted.total > budgetBytes) {
    return {
      kind: 'over-budget',
      reason: exceedsBudget('predicted', predicted, claimed.memoryBudgetMiB),
      dominantPart: dominantPart(predicted),
    };
  }
  if (claimed.scores && !claimed.scores.adapter && trialKindOf(claimed.kind).takesAdapter) {
    return { kind: 'failed', reason: `trial ${claimed.scores.trialId} left no adapter to score` };
  }
  const pace = paceWatch(claimed, limitSeconds);
  const begun = performance.now();
  return executor.run(
    {
      trialId: claimed.lease.trialId,
      kind: claimed.kind,
      spec: claimed.spec,
      ...(claimed.baseSha256 ? { baseSha256: claimed.baseSha256 } : {}),
      budgetBytes,
      predicted,
      checkpoints: claimed.checkpoints,
      ...(claimed.scores?.adapter ? { adapter: claimed.scores.adapter } : {}),
      ...(claimed.turn ? { turn: claimed.turn } : {}),
      ...(claimed.turns ? { turns: claimed.turns } : {}),
    },
    {
      resumed: (step) => journal.resumed(step),
      progress: (progress) => {
        journal.progress(progress);
        const late = pace(progress.step, (performance.now() - begun) / 1000);
        if (late !== undefined) journal.log(late);
      },
      checkpoint: (artifact) => journal.checkpoint(artifact),
      log: (line) => journal.log(line),
      forAdministrators: (line) => logger.warn({ trialId: claimed.lease.trialId }, line),
    },
    signal,
  );
}

/** Writes the end of an attempt. A run that finished before a stop reached it keeps its result. */
async function end(
  tools: TrialTools,
  claimed: ClaimedTrial,
  execution: RunOutcome,
  stopped: StopReason | undefined,
  { tail: logTail, keptStep = claimed.checkpoints[0]?.step }: TrialJournal,
): Promise<Ending> {
  const { lease } = claimed;
  if (stopped === 'lost' || stopped === 'cancelled') return giveUp(tools, claimed, logTail);
  if (execution.kind === 'stopped' && stopped !== 'timeout') {
    const reason = stopReasons[stopped ?? 'drain'];
    return goBack(tools, claimed, { outcome: 'handed-back', reason, logTail });
  }
  // Validation and loading do not look whether to stop: the process is killed in the midst of them, by the worker itself.
  if (execution.kind === 'died' && stopped === 'drain') {
    const reason = `${stopReasons.drain}; ${execution.reason}`;
    return goBack(tools, claimed, { outcome: 'handed-back', reason, logTail });
  }
  if (execution.kind === 'died' && stopped !== 'timeout') {
    return goBack(tools, claimed, { outcome: 'child-died', logTail, ...afterDeath(execution, claimed) });
  }
  if (execution.kind === 'waits' && stopped !== 'timeout') {
    const held = await persist(tools, () => awaitTurns(tools.db, lease, execution.awaits, logTail));
    if (!held) return giveUp(tools, claimed, logTail);
    await releaseTurns(tools, lease.trialId);
    return 'waits';
  }
  const outcome = outcomeOf(claimed, execution, keptStep);
  const goesOn = outcome.state === 'SUCCEEDED' && claimed.spec.until !== undefined;
  // Tried again, it goes on from its checkpoint, and a federation takes the turns that it waited for.
  const goesBack = outcome.state === 'FAILED';
  const written = await tools.ends.ask({
    lease,
    outcome,
    logTail,
    artifacts: execution.kind === 'succeeded' ? leftBy(execution) : [],
    dropsCheckpoints: trialKindOf(claimed.kind).trains && !goesOn && !goesBack,
  });
  if (written === 'not-held') return giveUp(tools, claimed, logTail);
  await removeAll(tools, written.unreferenced);
  if (claimed.turns) await releaseTurns(tools, lease.trialId);
  if (outcome.state === 'SUCCEEDED' && claimed.continues) await releaseCheckpoints(tools, claimed.continues);
  return outcome.state === 'SUCCEEDED'
    ? 'succeeded'
    : outcome.state === 'OVER_BUDGET'
      ? 'over-budget'
      : outcome.attempt;
}

function leftBy(execution: Extract<RunOutcome, { kind: 'succeeded' }>): LeftArtifact[] {
  return leftKinds.flatMap((kind) => {
    const left = execution[kind];
    return left ? [{ kind, ...left }] : [];
  });
}

/** How a trial goes on whose process is gone, and what that costs it. */
function afterDeath(
  { reason, beside, byKernel }: Extract<RunOutcome, { kind: 'died' }>,
  { packId, wholeDevice }: ClaimedTrial,
): Pick<BackToQueue, 'reason' | 'packBroke' | 'alone' | 'wholeDevice'> {
  // The last of a pack pays for its death, and is packed no more all the same.
  const alone = packId !== undefined;
  if (beside > 0) {
    const others = `${beside} other${beside > 1 ? 's' : ''} trained in it, so each is tried again alone`;
    return { reason: `${reason}; ${others}`, packBroke: true, alone };
  }
  // It had its device to itself already: what else ran was on another, and may be there the next time, too.
  if (!byKernel || wholeDevice) return { reason, alone };
  const others = 'others trained on this worker, so it is tried again with the device to itself';
  return { reason: `${reason}; ${others}`, wholeDevice: true };
}

function outcomeOf(claimed: ClaimedTrial, execution: RunOutcome, keptStep: number | undefined): TrialOutcome {
  switch (execution.kind) {
    case 'succeeded': {
      const { result, measured, step, exampleScores } = execution;
      const base = { state: 'SUCCEEDED' as const, result, step, ...(measured ? { measured } : {}) };
      const { proposed, readsTest } = trialKindOf(claimed.kind);
      if (!proposed) return { ...base, objective: null, ...(readsTest && { exampleScores: exampleScores ?? {} }) };
      const { metric } = claimed.objective;
      const examples = exampleScores?.[metric];
      try {
        const objective = objectiveOf(result.validation, metric);
        return { ...base, objective, ...(examples && { exampleScores: { [metric]: examples } }) };
      } catch (error) {
        return { state: 'FAILED', reason: (error as Error).message, attempt: 'failed' };
      }
    }
    case 'over-budget': {
      const { reason, dominantPart: dominant, measured } = execution;
      return { state: 'OVER_BUDGET', reason, dominantPart: dominant, ...(measured ? { measured } : {}) };
    }
    case 'failed':
      return { state: 'FAILED', reason: execution.reason, attempt: 'failed' };
    case 'waits':
    case 'stopped':
    case 'died':
      return { state: 'FAILED', reason: tookTooLong(claimed, keptStep), attempt: 'timed-out' };
  }
}

const stopReasons: Readonly<Record<StopReason, string>> = {
  cancelled: 'cancelled while it ran',
  lost: 'the lease was lost to another attempt',
  drain: 'the worker stopped in order',
  timeout: 'the time limit was reached',
};

async function goBack(tools: TrialTools, { lease }: ClaimedTrial, back: BackToQueue): Promise<Ending> {
  const state = await persist(tools, () => handBack(tools.db, lease, back));
  return state === undefined ? 'lease-lost' : back.outcome;
}

/** Ends the attempt of a trial that is not, or no longer, this worker's to write: Postgres says which. */
async function giveUp(tools: TrialTools, claimed: ClaimedTrial, logTail: string): Promise<Ending> {
  const { lease } = claimed;
  const standings = await persist(tools, () => renewLeases(tools.db, [lease], tools.leaseSeconds));
  const standing = standings.get(lease.trialId) ?? 'lost';
  if (standing === 'held') {
    return goBack(tools, claimed, { outcome: 'lease-lost', reason: 'its records could not be written', logTail });
  }
  const outcome = standing === 'lost' ? 'lease-lost' : 'cancelled';
  await persist(tools, () => endAttempt(tools.db, lease, { outcome, reason: stopReasons[standing], logTail }));
  if (standing === 'cancelled') await releaseCheckpoints(tools, lease.trialId);
  return outcome;
}

function sinkOf(tools: TrialTools, claimed: ClaimedTrial, gone: AbortSignal): JournalSink {
  const { db } = tools;
  const { lease } = claimed;
  return {
    metrics: async (batch) => {
      const held = await persist(tools, () => recordMetrics(db, lease, batch), gone);
      if (held) tools.observe?.progress(batch.points);
      return held;
    },
    checkpoint: async (artifact: StoredArtifact) => {
      const recorded = await persist(
        tools,
        () => recordArtifact(db, lease, { kind: 'checkpoint', ...artifact }, { keep: keptCheckpoints }),
        gone,
      );
      await removeAll(tools, recorded.unreferenced);
      return recorded.held;
    },
    resumed: (step) => persist(tools, () => recordResume(db, lease, step), gone),
    log: (tail) => persist(tools, () => recordLog(db, lease, tail), gone),
  };
}
