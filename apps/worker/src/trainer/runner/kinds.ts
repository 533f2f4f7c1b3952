/** @file How a worker runs kinds of trial whose engine is a runner. Kinds that are not here compute beside it, as on any engine. */
import type { TrialKind } from '@rankforge/contracts';
import type { TrialRunner } from '../kinds/kind.js';
import { score } from './score.js';
import { train } from './train.js';

export const onRunner: Partial<Record<TrialKind, TrialRunner>> = { train, score };
