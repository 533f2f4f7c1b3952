/** @file Intervals that hold all at once, one for each of several comparisons that Holm's procedure has judged. */
import { criticalT, type VariancePart } from './variance.js';

interface Estimate {
  estimate: number;
  standardError: number;
  parts: readonly VariancePart[];
}

interface Bounds {
  estimate: number;
  low: number;
  high: number;
}

/**
 * The interval of one of `comparisons` differences, wide enough that all of them hold together (Bonferroni): its level is
 * 1 − α/comparisons. It leaves out 0 exactly where Holm's procedure tells the pair apart (see `agreeing`).
 *
 * @param confidence of all intervals together, 1 − α
 * @param different whether Holm's procedure tells this pair apart
 */
export function simultaneousInterval(
  { estimate, standardError, parts }: Estimate,
  comparisons: number,
  confidence: number,
  different: boolean,
): Bounds {
  const margin = standardError === 0 ? 0 : criticalT(familyLevel(confidence, comparisons), parts) * standardError;
  return agreeing({ estimate, low: estimate - margin, high: estimate + margin }, different);
}

/** Confidence of each of several intervals that makes all of them hold together with `confidence` (Bonferroni). */
export function familyLevel(confidence: number, comparisons: number): number {
  return 1 - (1 - confidence) / comparisons;
}

/**
 * Moves the end of an interval that is nearer to 0 onto 0 where interval and test disagree. Holm's later steps tell apart
 * some pairs whose Bonferroni interval still holds 0: it is cut there and 0 itself is left out. An interval that is not made
 * from its test may leave out 0 where the test does not tell the pair apart: it is extended.
 *
 * Source of the cut: Guilbaud, "Simultaneous confidence regions corresponding to Holm's step-down procedure and other
 * closed-testing procedures", Biometrical Journal 50 (2008).
 */
export function agreeing({ estimate, low, high }: Bounds, different: boolean): Bounds {
  if (!different) return { estimate, low: Math.min(0, low), high: Math.max(0, high) };
  return { estimate, low: estimate > 0 ? Math.max(0, low) : low, high: estimate < 0 ? Math.min(0, high) : high };
}
