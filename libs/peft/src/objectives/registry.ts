/** @file Every objective. A new one is a file beside this and a line here. */
import { architectureOf, type ModelConfig } from '../models/config.js';
import { UnknownNameError } from '../unknown-name.js';
import { binaryClassification } from './binary-classification.js';
import { catalogueAnswers } from './catalogue-answers.js';
import { classification } from './classification.js';
import { featureRanking } from './feature-ranking.js';
import { groundedAnswers } from './grounded-answers.js';
import { imageClassification } from './image-classification.js';
import { instructionTuning } from './instruction-tuning.js';
import { languageModelling } from './language-modelling.js';
import type { MetricInfo } from './metrics/metric.js';
import type { Objective } from './objective.js';
import type { OutputsName } from './outputs.js';
import { questionAnswering } from './question-answering.js';
import { ranking } from './ranking.js';
import { rankingPairwise } from './ranking-pairwise.js';
import { recommendation } from './recommendation.js';
import { regression } from './regression.js';
import { regressionQuantile } from './regression-quantile.js';
import { retrieval } from './retrieval.js';
import { summarization } from './summarization.js';

const registered = [
  languageModelling,
  instructionTuning,
  questionAnswering,
  classification,
  regression,
  imageClassification,
  binaryClassification,
  ranking,
  rankingPairwise,
  regressionQuantile,
  retrieval,
  groundedAnswers,
  summarization,
  recommendation,
  catalogueAnswers,
  featureRanking,
] as const;

export const objectives: readonly Objective[] = registered;
export type ObjectiveName = (typeof registered)[number]['name'];
/** The form of examples of each. */
export type ObjectiveForms = { [O in (typeof registered)[number] as O['name']]: O['examples'] };
export const objectiveNames: readonly ObjectiveName[] = registered.map(({ name }) => name);

/** @throws UnknownNameError naming the objectives that there are */
export function findObjective(name: string): Objective {
  const found = objectives.find((objective) => objective.name === name);
  if (found === undefined)
    throw new UnknownNameError(
      'objective',
      name,
      objectives.map((objective) => objective.name),
    );
  return found;
}

/** Metrics of an objective; the first ranks unless somebody says otherwise. */
export const metricsOf = (name: string): MetricInfo[] =>
  findObjective(name).metrics.map(({ name, direction, scale, range }) => ({ name, direction, scale, range }));

type Registered = (typeof registered)[number];

/** The first objective over these outputs, where any would do. */
export const objectiveOn = (on: OutputsName): Registered =>
  registered.find((objective: Registered) => objective.on === on)!;

/** The objective whose memory a prediction takes where none is named. */
export function usualObjective(model: ModelConfig, classes: number | undefined): Objective {
  if (classes !== undefined) return objectiveOn('head');
  return objectiveOn(architectureOf(model).eventLogit ? 'event' : 'vocabulary');
}

/** The objective of a trial: the one that it names, or the usual one. */
export const objectiveFor = ({
  model,
  classes,
  objective,
}: {
  model: ModelConfig;
  classes?: number | undefined;
  objective?: ObjectiveName | undefined;
}): Objective => (objective === undefined ? usualObjective(model, classes) : findObjective(objective));

/** Path of the table whose product with hidden states is what the loss reads, where it is. */
export const headTable = (trial: Parameters<typeof objectiveFor>[0]): string | undefined =>
  objectiveFor(trial).on === 'vocabulary' ? architectureOf(trial.model).vocabularyTable?.(trial.model) : undefined;
