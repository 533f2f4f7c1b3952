import { createHash } from 'node:crypto';
import type { TrialSpec } from '@rankforge/contracts';
import canonicalize from 'canonicalize';

/** sha256 of the canonical JSON (RFC 8785) of a value. */
export function contentHash(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');
}

/** What the numbers of a trial follow from besides its spec. */
export interface TrialSources {
  dataHash: string;
  baseSha256: string;
  libraryVersion: string;
  /** Present where results of other sweeps are not to be taken. */
  sweepId?: string;
}

/** Content key of a training: equal keys give equal numbers and are computed once. The budget is not part of it. */
export function trainKey(spec: TrialSpec, sources: TrialSources): string {
  return contentHash({ kind: 'train', spec, ...sources });
}

/** Content key of the scoring of a trained trial. */
export function scoreKey(trainedKey: string): string {
  return contentHash({ kind: 'score', trained: trainedKey });
}

/** Identity of a configuration: its spec without the seed. */
export function configurationKey({ seed: _, ...spec }: TrialSpec): string {
  return contentHash(spec);
}
