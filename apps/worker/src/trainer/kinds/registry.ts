/** @file How a worker runs each kind of trial, one line each. */
import type { TrialKind } from '@rankforge/contracts';
import { aggregate } from './aggregate.js';
import { baseline, baselineTest } from './baseline.js';
import { clientScore } from './client-score.js';
import { clientTurn } from './client-turn.js';
import { command, commandTest } from './command.js';
import { evaluate, evaluateTest } from './evaluate.js';
import { federate } from './federate.js';
import type { ProgramRunner, TrialRunner } from './kind.js';
import { score } from './score.js';
import { train } from './train.js';

export const trialRunners: Readonly<Record<TrialKind, TrialRunner | ProgramRunner>> = {
  train,
  federate,
  aggregate,
  'client-turn': clientTurn,
  'client-score': clientScore,
  baseline,
  evaluate,
  score,
  'baseline-test': baselineTest,
  'evaluate-test': evaluateTest,
  command,
  'command-test': commandTest,
};
