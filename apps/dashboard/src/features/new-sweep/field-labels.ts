import type { FieldLabels } from '../../lib/field-labels.js';

/** Fields of a sweep as the form calls them, where the words of a pointer would say something else. */
export const sweepLabels: FieldLabels = {
  '/base': 'Base model',
  '/description': 'Note',
  '/rank': 'Ranks',
  '/memoryBudgetMiB': 'Memory budgets (MiB)',
  '/limits': 'Limits',
  '/learningRate': 'Learning rates',
  '/seed': 'Seeds',
  '/methods': 'Methods',
  '/chatTemplate': 'Chat template',
  '/timeoutSeconds': 'Time limit of a trial',
  '/training/warmupSteps': 'Warm-up steps',
  '/training/clipNorm': 'Gradient norm limit',
  '/training/accumulate': 'Micro-batches per step',
  '/training/evalEvery': 'Steps between validations',
  '/training/checkpointEvery': 'Steps between checkpoints',
  '/training/normEvery': 'Steps between query and key norms',
  '/training/targets': 'Layers with an adapter',
};
