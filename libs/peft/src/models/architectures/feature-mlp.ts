/**
 * @file The plain model of learning to rank: the numbers of a row through layers with ReLU. A head that a trial trains makes a score of what
 * they put out. Of this form are the rankers of DLA (Ai et al. 2018, arXiv 1804.05938), with widths that shrink and ELU there.
 */
import { z } from 'zod';
import { defineArchitecture } from '../architecture.js';
import { throughLayers } from '../graph.js';
import { layersOfUnits } from '../modules.js';

export const featureMlpConfig = z.strictObject({
  architecture: z.literal('feature-mlp'),
  /** Numbers of an example. One that has fewer is read with zeros after them. */
  features: z.int().positive(),
  /** Units of every layer, and how many layers there are. */
  width: z.int().positive(),
  layers: z.int().positive(),
});
export type FeatureMlpConfig = z.infer<typeof featureMlpConfig>;

export const featureMlp = defineArchitecture<FeatureMlpConfig>({
  name: 'feature-mlp',
  title: 'Numbers of an example, and layers with ReLU',
  config: featureMlpConfig,
  input: ({ features }) => ({ kind: 'features', count: features }),

  modules: ({ features, width, layers }) => layersOfUnits({ inputs: features, width, layers }),
  hidden: (graph, { layers }) => throughLayers(graph, graph.features(), layers),

  pool: (_graph, _config, hidden) => hidden,
  // A layer with ReLU gives outputs of the size of its inputs (arXiv 1502.01852).
  deviation: ({ shape }) => Math.sqrt(2 / shape[0]!),

  huggingFace: {
    modelTypes: ['feature-mlp'],
    config: (reader) => ({
      architecture: 'feature-mlp',
      features: reader.count('num_features'),
      width: reader.count('hidden_size'),
      layers: reader.layers('num_hidden_layers'),
    }),
    json: (config) => ({
      model_type: 'feature-mlp',
      num_features: config.features,
      hidden_size: config.width,
      num_hidden_layers: config.layers,
    }),
    prefix: '',
    ignored: [],
  },
});
