/** @file Rules about a method that cannot be trained on a model, data and surroundings. */
import { placeOf } from '../../method.js';
import { architectureOf, givesOutputs, modelInput, vocabularySize } from '../../models/config.js';
import { unprunable } from '../../models/pruning.js';
import { objectiveFor } from '../../objectives/registry.js';
import type { PlanOptions } from '../plan-options.js';
import type { AskedTrial, Rule } from './rule.js';

export const methodRules: readonly Rule[] = [
  {
    field: 'method',
    broken(trial) {
      const { model, classes } = trial;
      if (classes !== undefined || givesOutputs(model)) return undefined;
      if (objectiveFor(trial).on === 'embedding') return undefined;
      return `${model.architecture} predicts no next token: choose a task with classes or numbers, or another base`;
    },
  },
  {
    field: 'method',
    broken({ model, method }) {
      const reason = method.pruning && unprunable(model);
      return reason && `${method.name} trains on a pruned base, and ${reason}`;
    },
  },
  {
    field: 'method',
    broken(trial) {
      const { model, method, plan } = trial;
      if (plan.info.length > 0) return undefined;
      const { on, name } = objectiveFor(trial);
      const usual = architectureOf(model).eventLogit ? 'an event' : 'language modelling';
      const own = on === 'embedding' ? name : usual;
      return `${method.name} trains nothing on ${own}: choose a classification task or another method`;
    },
  },
  ...(['method', 'teacher', 'from'] as const).map(
    (field): Rule => ({
      field,
      broken(trial) {
        const missing = missingOf(trial);
        return missing?.field === field ? `${trial.method.name} needs ${missing.needs}` : undefined;
      },
    }),
  ),
  { field: 'method', broken: (trial) => trial.teacher && unsuitable(trial.teacher, trial) },
  {
    field: 'method',
    broken({ model, method: { name, sequence, tokens } }) {
      const { kind } = modelInput(model);
      if (kind === 'tokens') return undefined;
      const read = kind === 'image' ? 'images' : kind;
      if (tokens) return `${name} trains rows of a table of tokens, and the base model reads ${read}`;
      if (!sequence) return undefined;
      return `${name} stands ${placeOf(sequence)} of a text, and the base model reads ${read}`;
    },
  },
  {
    field: 'method',
    broken({ model, method, config, sequence = 0 }) {
      const input = modelInput(model);
      const taken = method.sequence?.length(config) ?? 0;
      if (input.kind !== 'tokens' || taken + sequence <= input.contextLength) return undefined;
      return `${method.name} takes up ${taken} positions before the ${sequence} of an example, and the model has ${input.contextLength}: make one of them shorter`;
    },
  },
];

/** Names something that a method needs and a trial lacks, with the field to be changed. */
function missingOf(trial: AskedTrial) {
  const { model, method, classes, teacher, starts = false } = trial;
  const { vocabularyTable, eventLogit } = architectureOf(model);
  const { answer } = objectiveFor(trial);
  // Several numbers are a distribution over answers as little as one is.
  const outputs = answer ? (classes ?? (eventLogit && 1)) : 1;
  const missing = method.requires?.({
    ...(outputs === undefined ? {} : { outputs }),
    teacher: teacher !== undefined,
    start: starts,
    writes: vocabularyTable !== undefined,
  });
  return typeof missing === 'string' ? { field: 'method', needs: missing } : missing;
}

/** Why a teacher cannot teach a model of this vocabulary and head; undefined where it can. */
export function unsuitable(
  teacher: Pick<PlanOptions, 'model' | 'classes'>,
  student: Pick<PlanOptions, 'model' | 'classes'>,
): string | undefined {
  const [theirs, own] = [vocabularySize(teacher.model), vocabularySize(student.model)];
  if (theirs !== own)
    return `the teacher knows ${theirs} tokens and the base model ${own}: both must have one vocabulary`;
  if (teacher.classes === student.classes) return undefined;
  const head = (classes: number | undefined) => (classes === undefined ? 'no head' : `a head of ${classes} outputs`);
  return `the teacher has ${head(teacher.classes)} and the task needs ${head(student.classes)}`;
}
