/** @file The engines that `rankforge engine` adds: what each takes, whether it is there and fit, and what is said of it. */
import { existsSync } from 'node:fs';
import type { AddedRunner } from '@rankforge/contracts';
import { repositoryRoot } from '../local/paths.js';
import { addTensorflow } from './add.js';
import {
  type Addable,
  type Added,
  type AddedEngine,
  type AddedLlama,
  currentLlama,
  currentTensorflow,
  currentTorch,
  isCurrent,
  isCurrentLlama,
  isCurrentTorch,
  outdated,
  readAdded,
  readAddedLlama,
  readAddedTorch,
} from './added.js';
import { addLlama } from './llama.js';
import { thisMachine, unableToRun } from './machine.js';
import { recipes } from './recipe.js';
import { addTorch } from './torch.js';

/** Options of the command that some engines take. */
export interface EngineOptions {
  cuda?: boolean;
  python?: string;
}

interface Adding {
  folder: string;
  onProgress: (line: string) => void;
}

export interface AddableEngine<Own extends Added = Added> {
  name: Addable;
  takes: readonly (keyof EngineOptions)[];
  /** Trials run on it; the others serve generators. */
  trains: boolean;
  /** Said by `doctor` where it is absent. */
  advice: string;
  /** @throws Error naming the file, where it is not what was written */
  read(folder: string): Promise<Own | undefined>;
  /** Why one that was added is of no use as it lies there, after "added"; undefined where it is. */
  fault(folder: string, added: Own): string | undefined;
  /** Why this machine cannot run one that is there, or make one; undefined where it can. */
  unable?(folder: string, added?: Own): Promise<string | undefined>;
  /** The one that these options ask for, where it is there and current. */
  there(folder: string, options: EngineOptions): Promise<Own | undefined>;
  add(options: EngineOptions & Adding): Promise<Own>;
  /** Its kind, where there are several of the name. */
  variant?(added: Own): string;
  /** What it is made of, for lists. */
  shown(added: Own): string;
  /** Milliseconds of a step, on it and on wasm. */
  speed?(added: Own): { stepMs: number; wasmStepMs: number };
  /** Lines about one that was just added. */
  told(added: Own): string[];
}

const difference = (value: number) => value.toExponential(1);
const steps = ({ stepMs, wasmStepMs }: { stepMs: number; wasmStepMs: number }) =>
  `a step takes ${stepMs.toFixed(0)} ms, on wasm ${wasmStepMs.toFixed(0)} ms: ${speedUp({ stepMs, wasmStepMs })}`;

export const speedUp = ({ stepMs, wasmStepMs }: { stepMs: number; wasmStepMs: number }): string =>
  `${(wasmStepMs / stepMs).toFixed(1)} ×`;

const tensorflow: AddableEngine<AddedEngine> = {
  name: 'tensorflow',
  takes: ['cuda'],
  trains: true,
  advice: 'rankforge engine add tensorflow (with --cuda for an NVIDIA GPU): faster than wasm',
  read: readAdded,
  fault: (folder) => (isCurrent(folder) ? undefined : outdated),
  async unable(folder, added) {
    if (!added) return unableToRun(recipes.cpu, await thisMachine(repositoryRoot));
    // It is made already, and takes no more of the disk.
    const machine = { ...(await thisMachine(folder)), freeBytes: Number.POSITIVE_INFINITY };
    return unableToRun(recipes[added.variant], machine);
  },
  there: (folder, { cuda }) => currentTensorflow(folder, recipes[cuda ? 'cuda' : 'cpu']),
  add: ({ cuda, ...rest }) => addTensorflow({ ...rest, recipe: recipes[cuda ? 'cuda' : 'cpu'] }),
  variant: ({ variant }) => variant,
  shown: ({ variant, proof }) => `${variant}, ${proof.device}`,
  speed: ({ proof }) => proof,
  told: ({ name, variant, proof }) => [
    `engine ${name} (${variant}) is ready: ${proof.device}`,
    `losses of 12 steps differ from wasm's by ${difference(proof.lossDifference)} of their size at most`,
    `peak ${proof.measuredBytes} bytes, predicted ${proof.predictedBytes}`,
    steps(proof),
  ],
};

const torch: AddableEngine<AddedRunner> = {
  name: 'torch',
  takes: ['python', 'cuda'],
  trains: true,
  advice: 'rankforge engine add torch: methods of Python peft by torch',
  read: readAddedTorch,
  fault(folder, { python }) {
    if (!isCurrentTorch(folder)) return outdated;
    return existsSync(python) ? undefined : `added with ${python}, which is gone: add it again`;
  },
  there: async (folder, { python, cuda }) => (python === undefined && !cuda ? currentTorch(folder) : undefined),
  add: addTorch,
  shown: ({ python, proof }) => `${proof.device}, ${python}`,
  speed: ({ proof }) => proof,
  told: ({ python, releases, proof }) => [
    `engine torch is ready: ${releases.join(', ')}, by ${python}`,
    `losses of 12 steps differ from wasm's by ${difference(proof.lossDifference)} of their size at most, the first by ${difference(proof.firstLossDifference)}`,
    `its adapter has the same validation score here, to ${difference(proof.scoreDifference)}`,
    steps(proof),
  ],
};

const llama: AddableEngine<AddedLlama> = {
  name: 'llama',
  takes: [],
  trains: false,
  advice: 'rankforge engine add llama: generators that are GGUF files',
  read: readAddedLlama,
  fault: (folder) => (isCurrentLlama(folder) ? undefined : outdated),
  there: currentLlama,
  add: addLlama,
  shown: ({ releases }) => `${releases.join(', ')}; for generators`,
  told: ({ releases }) => [`llama is ready: ${releases.join(', ')}`],
};

/** In the order of lists. */
export const addableEngines: readonly AddableEngine[] = [tensorflow, torch, llama];

export const shownOf = (added: Added): string => addableEngines.find(({ name }) => name === added.name)!.shown(added);
