/** @file Database access shared by the API, the worker and the CLI. */
export { type Collected, collectArtifacts, measureGarbage } from './artifact-gc.js';
export { ArtifactError, ArtifactStore, type StoredArtifact } from './artifacts.js';
export { type AuditRecord, recordAudit } from './audit.js';
export * from './claim.js';
export * from './client.js';
export { Prisma } from './generated/client.js';
export { checkHistory, type HistoryProblem, type HistoryReport, historyRules, readHistory } from './history.js';
export {
  createKey,
  findUsableKey,
  hashKeySecret,
  isSameSecret,
  KeyEndedError,
  listKeys,
  type NewKey,
  revokeKey,
  rotateKey,
  setKeyQuotas,
  type UsableKey,
} from './keys.js';
export * from './lease.js';
export { applyMigrations, compareMigrations, isMigrated, MigrationError } from './migrate.js';
export { databaseDown, databaseFull, databaseRefusal, statementEnded } from './outage.js';
export { wakeUps } from './outbox.js';
export * from './outcome.js';
export { PostgresSession } from './postgres-session.js';
export * from './progress.js';
export * from './quotas.js';
export { openRedis } from './redis-connection.js';
export { freezeRestoredEvents, frozenXact } from './restored-events.js';
export { readSeries, type Series, summarizeSeries, thinSeries } from './series.js';
export { averageSeries, type MeanSeries, meansRoom, readMeans } from './series-means.js';
export * from './sessions.js';
export { readStorage, type StorageUse } from './storage.js';
export { lookAtStore, markStore } from './store-mark.js';
export * from './sweep-removal.js';
export { foldTally, type QueueTally, readQueues, readTally, type Tallied, talliedSeconds } from './tally.js';
export { isFolded, isProposed, mayBeChosen, readsTest, trains } from './trial-kinds.js';
export { hasEnded, hasResult, isOpen, isSettled, standsFirst } from './trial-states.js';
export { type Awaits, awaitTurns, dropTurns, type Turn, turnsOf } from './turns.js';
export * from './workers.js';
