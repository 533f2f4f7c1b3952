import type { ArtifactStore } from '@rankforge/db/artifacts';
import type { PassStore, StepEvent, Turn } from '@rankforge/peft';
import type { Order, Reports, RunOutcome } from '../../trial/executor.js';
import type { Prepared, Session } from '../session.js';
import type { SignsOfLife } from '../signs-of-life.js';

export interface Tools {
  session: Session;
  store: ArtifactStore;
  /** The folder of the store; what else workers share lies beside it. */
  artifactDir: string;
  /** Omitted: a calibration ends with this process. */
  calibrations: PassStore | undefined;
  reports: Reports;
  /** Aborts when the run must stop; where it may go on later (`mayGoOn`), it leaves a checkpoint first. */
  signal: AbortSignal;
  /** Held: the engine is this order's but for the times it is passed on. */
  turn: Turn;
  signs: Pick<SignsOfLife, 'stepped' | 'other'>;
  /** Longest time that is waited for files. */
  patienceMs: number;
}

/** How a run ended, seen from inside its process. */
export type Finished = Exclude<RunOutcome, { kind: 'died' }>;

/** How a worker runs a kind of trial. */
export interface TrialRunner {
  /**
   * Runs an order, on what its spec names.
   * @param note is told of each step; a run is not begun anew after the first
   * @throws what goes wrong with the trial or the device
   */
  run(order: Order, prepared: Prepared, tools: Tools, note: (event: StepEvent) => void): Promise<Finished>;
}

/** How a worker runs a kind of trial that opens no base and no data here. */
export interface ProgramRunner {
  /** @throws what goes wrong with the trial or the device */
  runAlone(order: Order, tools: Tools): Promise<Finished>;
}
