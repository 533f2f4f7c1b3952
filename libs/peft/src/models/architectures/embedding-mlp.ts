/**
 * @file The plain model of click-through rates: categorical fields, a table of embeddings for each, and layers with ReLU over
 * all of them. The deep part of Wide & Deep (arXiv 1606.07792) and DeepFM (arXiv 1703.04247). Without layers it is the embeddings alone:
 * of one field with an id for each user and each item, matrix factorization.
 */
import { z } from 'zod';
import { defineArchitecture } from '../architecture.js';
import { throughLayers } from '../graph.js';
import { layersOfUnits, projectionModule, targetTableModule } from '../modules.js';

export const embeddingMlpConfig = z
  .strictObject({
    architecture: z.literal('embedding-mlp'),
    /** Ids that each field has, in the order of an example's fields. */
    cardinalities: z.array(z.int().positive()).min(1),
    /** Width of the embedding of an id. */
    embeddingWidth: z.int().positive(),
    /** Units of every hidden layer, and how many layers there are; without layers, the width of all embeddings side by side. */
    width: z.int().positive(),
    layers: z.int().nonnegative(),
  })
  .refine(
    ({ cardinalities, embeddingWidth, width, layers }) => layers > 0 || width === cardinalities.length * embeddingWidth,
    {
      path: ['width'],
      message: 'without layers, the width is that of all embeddings side by side',
    },
  );
export type EmbeddingMlpConfig = z.infer<typeof embeddingMlpConfig>;

export const embeddingMlp = defineArchitecture<EmbeddingMlpConfig>({
  name: 'embedding-mlp',
  title: 'Embeddings of categorical fields, layers with ReLU, and the logit of an event',
  config: embeddingMlpConfig,
  input: ({ cardinalities }) => ({ kind: 'fields', cardinalities }),

  modules: ({ cardinalities, embeddingWidth, width, layers }) => [
    ...cardinalities.map((height, field) =>
      targetTableModule(`tables.${field}`, 'tables', { in: height, out: embeddingWidth }, `tables.${field}.weight`),
    ),
    ...layersOfUnits({ inputs: cardinalities.length * embeddingWidth, width, layers }),
    projectionModule('event', width, 1, 'event'),
  ],

  hidden(graph, { cardinalities, layers }) {
    const embedded = graph.scope(() =>
      graph.sideBySide(cardinalities.map((_, field) => graph.lookup(`tables.${field}`, field))),
    );
    return throughLayers(graph, embedded, layers);
  },

  pool: (_graph, _config, hidden) => hidden,
  eventLogit: (graph, _, hidden) => graph.project('event', hidden),
  // A layer with ReLU gives outputs of the size of its inputs (arXiv 1502.01852).
  deviation: ({ kind, shape }) => (kind === 'embedding' ? 0.05 : Math.sqrt(2 / shape[0]!)),

  huggingFace: {
    modelTypes: ['embedding-mlp'],
    config: (reader) => ({
      architecture: 'embedding-mlp',
      cardinalities: reader.counts('cardinalities'),
      embeddingWidth: reader.count('embedding_size'),
      width: reader.count('hidden_size'),
      layers: reader.whole('num_hidden_layers'),
    }),
    json: (config) => ({
      model_type: 'embedding-mlp',
      cardinalities: config.cardinalities,
      embedding_size: config.embeddingWidth,
      hidden_size: config.width,
      num_hidden_layers: config.layers,
    }),
    prefix: '',
    ignored: [],
  },
});
