/** @file Orders for the trainer of obedient-child.mjs, and what it reports. */
import { partOf } from '../../../../test/support/part-of.js';
import type { Order, Progress, Reports } from '../../src/trial/executor.js';

export const predicted = {
  weights: 1,
  adapters: 2,
  gradients: 3,
  optimizer: 4,
  activations: 50,
  workspace: 5,
  total: 65,
};

/** @param method what the trainer does */
export function order(method: string, base = 'nano', trialId = 'trial'): Order {
  return {
    trialId,
    kind: 'train',
    budgetBytes: 100,
    predicted,
    checkpoints: [],
    spec: partOf<Order['spec']>({ method, base, engine: 'wasm' }),
  };
}

export class Heard implements Reports {
  readonly lines: string[] = [];
  readonly batches: Progress[] = [];
  resumed(): void {}
  checkpoint(): void {}
  forAdministrators(): void {}
  progress(progress: Progress): void {
    this.batches.push(progress);
  }
  log(line: string): void {
    this.lines.push(line);
  }
}
