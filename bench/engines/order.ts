/** @file What both halves of the comparison are told, `step.ts` and `step_torch.py`, and what they answer. */
import { fileURLToPath } from 'node:url';
import type { BackendName, ObjectiveName, TrainOptionsInput } from '@rankforge/peft';
import { execa } from 'execa';

export interface StepOrder {
  engine: BackendName | 'torch';
  enginesFolder?: string;
  /** A base model as a Hugging Face folder. */
  folder: string;
  objective: Extract<ObjectiveName, 'language-modelling' | 'classification'>;
  /** Names of the library; of these torch and peft know `full-ft`, `lora` and `dora`. */
  method: string;
  optimizer: string;
  /**
   * Options of the training, where it has others than the usual ones. Torch computes in `computeDtype` by autocast, and holds all of
   * the base in `baseDtype`; what is trained stays float32.
   */
  options?: Pick<TrainOptionsInput, 'baseDtype' | 'computeDtype'> | undefined;
  rank: number;
  /** Settings of an optimizer that projects: steps from one refresh of its subspaces to the next, and the factor of its updates. */
  projection?: { gap: number; scale: number } | undefined;
  batch: number;
  sequence: number;
  /** Cores that its products may take; an engine of one thread has one. Omitted: as many as it takes. */
  threads?: number;
  steps: number;
  /** Whether the products of one step are made again, alone, and timed. */
  products: boolean;
}

export interface StepTimes {
  /** Device that it ran on, where the engine is one of ours. */
  device?: string;
  isAccelerator?: boolean;
  /** Milliseconds that passed in each step, and milliseconds of all cores together. */
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

const program = fileURLToPath(new URL('./step.js', import.meta.url));
const torchProgram = fileURLToPath(new URL('../../engines/step_torch.py', import.meta.url));

/**
 * Trains in a process of its own.
 *
 * @param env what the process sees besides this one's environment, such as the card that it may use
 * @param python the interpreter that has torch and peft
 */
export async function stepTimes(order: StepOrder, env: NodeJS.ProcessEnv = {}, python = ''): Promise<StepTimes> {
  const threads = String(order.threads);
  const bounds =
    order.threads === undefined
      ? {}
      : { TF_NUM_INTRAOP_THREADS: threads, TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: threads };
  const [command, script] = order.engine === 'torch' ? [python, torchProgram] : [process.execPath, program];
  const { stdout } = await execa(command, [script, JSON.stringify(order)], {
    env: { ...bounds, ...env },
    stderr: 'inherit',
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as StepTimes;
}
