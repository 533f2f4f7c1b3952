/** @file Planning of each kind of sweep, one line each. */
import type { SweepKind } from '@rankforge/contracts';
import { compress } from './compress.js';
import { federate } from './federate.js';
import { finetune } from './finetune.js';
import type { KindPlanning } from './kind.js';
import { pretrain } from './pretrain.js';

export const sweepKindPlanning: Readonly<Record<SweepKind, KindPlanning>> = { finetune, pretrain, compress, federate };
