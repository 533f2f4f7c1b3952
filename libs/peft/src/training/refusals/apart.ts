/** @file Rules about rows whose query and text have places of their own, and are encoded apart in the first blocks. */
import { placeOf } from '../../method.js';
import type { ApartOptions } from '../../models/apart.js';
import { architectureOf, architectures } from '../../models/config.js';
import { type ExampleForm, exampleForms } from '../../objectives/examples.js';
import { findObjective, type ObjectiveName } from '../../objectives/registry.js';
import type { AskedTrial, Rule, TrialRequest } from './rule.js';

/** Fewest places of either part: a special token and one of its own. */
const fewest = 2;

const able = architectures.filter(({ encodesApart }) => encodesApart).map(({ name }) => name);

const remedy = 'leave queryTokens and apartBlocks out';

/**
 * Why a finished training that has places for a query cannot read rows of these data; undefined where it can, or has none.
 *
 * @param rows what is not known of them is not looked at
 */
export function unplaced(
  { queryTokens }: ApartOptions,
  { objective, sequence }: Pick<TrialRequest, 'objective' | 'sequence'>,
): string | undefined {
  if (queryTokens === undefined) return undefined;
  const reads = `the training that is named reads queries in the first ${queryTokens} places of a row`;
  if (objective !== undefined && !isJoined(objective))
    return `${reads}, and rows of ${objective} are no query and text that are read as one: name another training, or choose a task of ranking`;
  if (sequence === undefined || queryTokens <= sequence - fewest) return undefined;
  return `${reads}, and rows of ${sequence} tokens keep fewer than ${fewest} for the text: raise sequenceLength to ${queryTokens + fewest} or more, or name another training`;
}

/** Whether a row of an objective is a query and a text that are read as one. */
function isJoined(objective: ObjectiveName): boolean {
  const form: ExampleForm = exampleForms[findObjective(objective).examples];
  return form.joined ?? false;
}

/** Says what is wrong with places for the query, where the trial has some. */
const ofPlaces = (broken: (trial: AskedTrial, queryTokens: number) => string | undefined): Rule => ({
  field: 'queryTokens',
  broken: (trial) => (trial.queryTokens === undefined ? undefined : broken(trial, trial.queryTokens)),
});

export const apartRules: readonly Rule[] = [
  { field: 'teacher', broken: (trial) => trial.teacher && unplaced(trial.teacher, trial) },
  {
    field: 'apartBlocks',
    broken({ apartBlocks = 0, queryTokens, model: { layers } }) {
      if (apartBlocks === 0) return undefined;
      if (apartBlocks >= layers)
        return `apartBlocks is ${apartBlocks}, of ${layers} in the model, and the last has to read query and text together: set apartBlocks to ${layers - 1} or less`;
      if (queryTokens !== undefined) return undefined;
      return `apartBlocks is ${apartBlocks}, and nothing says which places of a row are the query's: set queryTokens too, below the tokens of a row`;
    },
  },
  {
    field: 'titleWithQuery',
    broken({ titleWithQuery, queryTokens }) {
      if (!titleWithQuery || queryTokens !== undefined) return undefined;
      return "titleWithQuery is true, and nothing says which places of a row are the query's and the title's: set queryTokens too, below the tokens of a row";
    },
  },
  ofPlaces(({ objective }, queryTokens) => {
    if (objective === undefined || isJoined(objective)) return undefined;
    return `queryTokens is ${queryTokens}, and rows of ${objective} are no query and text that are read as one: ${remedy}, or choose a task of ranking`;
  }),
  ofPlaces(({ model }, queryTokens) => {
    if (architectureOf(model).encodesApart) return undefined;
    return `queryTokens is ${queryTokens}, and ${model.architecture} reads no row with padding between its query and its text: ${remedy}, or choose a base of ${able.join(' or ')}`;
  }),
  ofPlaces(({ method: { name, sequence } }, queryTokens) => {
    if (sequence === undefined) return undefined;
    return `queryTokens is ${queryTokens}, and ${name} stands ${placeOf(sequence)} of a row, which belong to neither query nor text: ${remedy}, or choose another method`;
  }),
  ofPlaces(({ sequence }, queryTokens) => {
    if (queryTokens < fewest)
      return `queryTokens is ${queryTokens}, and a query takes ${fewest} places or more, special tokens among them: raise queryTokens`;
    if (sequence === undefined || queryTokens <= sequence - fewest) return undefined;
    return `queryTokens is ${queryTokens}, and rows of ${sequence} tokens keep ${fewest} places or more for the text: lower queryTokens to ${sequence - fewest} or less`;
  }),
];
