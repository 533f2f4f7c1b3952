/** @file What parent and child say to each other. Sent by structured clone; both sides are built together. */
import { availableParallelism } from 'node:os';
import type { StoredArtifact } from '@rankforge/db/artifacts';
import { defaultStoragePatienceMs, type WorkerSettings } from '../env.js';
import type { Order, Progress, RunOutcome, StopReason } from '../trial/executor.js';
import type { Work } from './stall-watch.js';

export type ToChild =
  | { type: 'run'; order: Order }
  | { type: 'stop'; trialId: string; reason: StopReason }
  /** The order need not wait for its pass any longer. */
  | { type: 'reserved'; trialId: string }
  | { type: 'close' };

export type FromChild =
  /** The module is loaded; engine and base model are opened by the first order. */
  | { type: 'ready' }
  | OfOrder<{ type: 'resumed'; step: number }>
  | OfOrder<{ type: 'progress'; progress: Progress }>
  | OfOrder<{ type: 'checkpoint'; artifact: StoredArtifact }>
  | OfOrder<{ type: 'log'; line: string }>
  | OfOrder<{ type: 'for-administrators'; line: string }>
  /** The order goes on; sent when what it does changes, and now and then. */
  | OfOrder<{ type: 'moved'; work: Work }>
  /** It is about to make a pass that no other process should make as well; it has at most one at a time. */
  | OfOrder<{ type: 'reserve'; key: string }>
  | OfOrder<{ type: 'give-back' }>
  /** `retire`: the process is of no more use, to this order or to those beside it. */
  | OfOrder<{ type: 'ended'; outcome: Exclude<RunOutcome, { kind: 'died' }>; retire: boolean }>;

/** A process may run several orders: each message says of which it speaks. */
type OfOrder<Message> = Message & { trialId: string };

/** Variables of a child's environment. */
export const childVariables = {
  artifactDir: 'RANKFORGE_CHILD_ARTIFACTS',
  modelsDir: 'RANKFORGE_CHILD_MODELS',
  enginesDir: 'RANKFORGE_CHILD_ENGINES',
  threads: 'RANKFORGE_CHILD_THREADS',
  calibrationDir: 'RANKFORGE_CHILD_CALIBRATIONS',
  calibrationBytes: 'RANKFORGE_CHILD_CALIBRATION_BYTES',
  storagePatience: 'RANKFORGE_CHILD_STORAGE_PATIENCE',
  siteFiles: 'RANKFORGE_CHILD_SITE_FILES',
  commandFolders: 'RANKFORGE_CHILD_COMMAND_FOLDERS',
} as const;

/** What a worker sets for its children. */
export function childEnvironment({
  artifactDir,
  modelsDir,
  enginesDir,
  calibrations,
  slots = 1,
  storagePatienceMs = defaultStoragePatienceMs,
  siteFiles = {},
  commandFolders = [],
}: Pick<WorkerSettings, 'artifactDir' | 'modelsDir' | 'calibrations'> &
  Partial<
    Pick<WorkerSettings, 'enginesDir' | 'slots' | 'storagePatienceMs' | 'siteFiles' | 'commandFolders'>
  >): NodeJS.ProcessEnv {
  return {
    [childVariables.artifactDir]: artifactDir,
    [childVariables.modelsDir]: modelsDir,
    [childVariables.enginesDir]: enginesDir,
    [childVariables.threads]: String(threadsOf(availableParallelism(), slots)),
    [childVariables.calibrationDir]: calibrations.folder,
    [childVariables.calibrationBytes]: String(calibrations.mostBytes),
    [childVariables.storagePatience]: String(storagePatienceMs),
    [childVariables.siteFiles]: JSON.stringify(siteFiles),
    [childVariables.commandFolders]: JSON.stringify(commandFolders),
  };
}

/** Threads of a trainer whose engine starts some: with every place taken, all of them together have the cores. */
export const threadsOf = (cores: number, slots: number): number => Math.max(1, Math.floor(cores / slots));
