import { createHash } from 'node:crypto';
import { scoringKindOf, type TrialSpec } from '@rankforge/contracts';
import { concerning, strategies } from '@rankforge/federated';
import canonicalize from 'canonicalize';
import { proposedKind } from './trial-kind.js';

/** sha256 of the canonical JSON (RFC 8785) of a value. */
export function contentHash(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');
}

/** The sources that the numbers of a trial follow from besides its spec. */
export interface TrialSources {
  dataHash: string;
  baseSha256: string;
  libraryVersion: string;
  /** Present in every project but the default one: a result is never taken from another project. */
  projectId?: string;
  /** Present where results of other sweeps are not to be taken. */
  sweepId?: string;
}

/**
 * Content key of a training: equal keys give equal numbers and are computed once. The budget is not part of it, nor is
 * the rank that is served where one training serves several, nor that a value was fitted to the budget, nor what
 * the sweep was for, nor what the adapter is called whose hash it has, nor that engines compete. Of a scenario it has what the strategy runs under:
 * data in one place are trained once for all.
 */
export function trainKey(
  { trainedRank, fitted: _, adapter: __, competingEngine: ___, kind, ...all }: TrialSpec,
  sources: TrialSources,
): string {
  const strategy = strategies.find(({ name }) => name === all.strategy);
  const spec = strategy && all.federation ? { ...all, federation: concerning(strategy, all.federation) } : all;
  const trained = trainedRank === undefined ? spec : { ...spec, rank: trainedRank };
  return contentHash({ kind: proposedKind({ kind, method: all.method }), spec: trained, ...sources });
}

/** Content key of the scoring of a trained trial. */
export function scoreKey(
  trainedKey: string,
  { kind, method, rank, trainedRank }: Pick<TrialSpec, 'kind' | 'method' | 'rank' | 'trainedRank'>,
): string {
  return contentHash({
    kind: scoringKindOf(proposedKind({ kind, method })),
    trained: trainedKey,
    ...(trainedRank === undefined ? {} : { rank }),
  });
}

/** Identity of a configuration: its spec without the seed. */
export function configurationKey({ seed: _, fitted: __, ...spec }: TrialSpec): string {
  return contentHash(spec);
}
