import { checkStarts } from './check-starts.js';
import type { KindPlanning } from './kind.js';

export const finetune: KindPlanning = { checkMethods: checkStarts };
