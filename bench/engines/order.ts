/** @file What both halves of the comparison are told, `step.ts` and `step_torch.py`, and what they answer. */
import type { EngineName, ObjectiveName } from '@rankforge/peft';

export interface StepOrder {
  engine: EngineName | 'torch';
  enginesFolder?: string;
  /** A base model as a Hugging Face folder. */
  folder: string;
  objective: Extract<ObjectiveName, 'language-modelling' | 'classification'>;
  /** Names of the library; of these torch and peft know `full-ft`, `lora` and `dora`. */
  method: string;
  optimizer: string;
  rank: number;
  batch: number;
  sequence: number;
  /** Cores that its products may take; an engine of one thread has one. */
  threads: number;
  steps: number;
  /** Whether the products of one step are made again, alone, and timed. */
  products: boolean;
}

export interface StepTimes {
  /** Of each step: milliseconds that passed, and milliseconds of all cores together. */
  wallMs: number[];
  cpuMs: number[];
  losses: number[];
  /** Milliseconds that passed for the matrix products of one step, by themselves. */
  productsMs?: number;
}

/** Token ids of a fixed batch, `[batch, sequence + 1]`, from the generator that `step_torch.py` has too. */
export function tokensOf({ batch, sequence }: Pick<StepOrder, 'batch' | 'sequence'>, vocabulary: number): Int32Array {
  let state = 12_345;
  return Int32Array.from({ length: batch * (sequence + 1) }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % vocabulary;
  });
}
