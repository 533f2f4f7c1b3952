/** @file The part of the contracts that an estimate on the command line needs: loading all of them takes as long as estimating. */
export { byteSizeForm, bytesOfSize } from './byte-size.js';
export { cards } from './cards.js';
export { publishedConfig, publishedModels } from './published-models.js';
export {
  attentions,
  baseDtypes,
  checkpointings,
  computeDtypes,
  predictedEngines,
  torchSetup,
} from './training-names.js';
