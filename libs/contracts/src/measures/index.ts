export { Flips } from './flips.js';
export { Forgetting } from './forgetting.js';
export {
  type Excess,
  exceedsLimit,
  excessOver,
  Limits,
  limitsOf,
  limitsText,
  limitTexts,
  parseLimits,
  predictedMeasures,
  predictionsOf,
} from './limits.js';
export {
  type AnyMeasure,
  type Cell,
  type Column as MeasureColumn,
  columnsOf,
  defineMeasure,
  directionOf,
  type Formats,
  formatted,
  type Known,
  type Line as MeasureLine,
  linesOf,
  type Measure,
  median,
  type Planned,
  type PlannedFederation,
  type Prediction,
  type StepWork,
  type Unit,
} from './measure.js';
export {
  amountOf,
  amountOnRow,
  comparedMeasures,
  defaultCost,
  findMeasure,
  type MeasuredRow,
  measured,
  measureFields,
  measures,
  onRow,
  parseLimit,
  stepTime,
} from './registry.js';
export { RobustnessReport } from './robustness.js';
