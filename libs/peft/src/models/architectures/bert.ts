/**
 * @file BERT: learned positions and segments, norm after each half of a block, and a pooler over the first token where
 * the file has one. arXiv 1810.04805.
 */
import { z } from 'zod';
import { defineArchitecture } from '../architecture.js';
import { encoderFields, encoderHidden, encoderModules, readDropout, readEncoder, writeEncoder } from '../encoder.js';
import { projectionModule } from '../modules.js';

export const bertConfig = z
  .strictObject({
    architecture: z.literal('bert'),
    ...encoderFields,
    /** A linear layer and tanh on the first token, before a head. */
    pooler: z.boolean(),
  })
  .refine((config) => config.width % config.heads === 0, {
    path: ['heads'],
    error: 'width must be divisible by heads',
  });
export type BertConfig = z.infer<typeof bertConfig>;

export const bert = defineArchitecture<BertConfig>({
  name: 'bert',
  title: 'BERT: learned positions, post-norm, GELU, pooler over the first token',
  config: bertConfig,
  input: ({ vocabularySize, contextLength }) => ({ kind: 'tokens', vocabularySize, contextLength }),

  modules: (config) => [
    ...encoderModules(config, config.contextLength),
    ...(config.pooler ? [projectionModule('pooler', config.width, config.width, 'pooler.dense')] : []),
  ],
  hidden: (graph, config) => encoderHidden(graph, config),
  encodesApart: true,
  pool(graph, { pooler }, hidden) {
    const first = graph.firstTokens(hidden);
    return pooler ? graph.tanh(graph.project('pooler', first)) : first;
  },

  huggingFace: {
    modelTypes: ['bert'],
    config: (reader) => ({
      architecture: 'bert',
      ...readEncoder(reader, { types: 2, epsilon: 1e-12 }),
      contextLength: reader.count('max_position_embeddings', 512),
      pooler: reader.holds('pooler.dense.weight') ?? true,
    }),
    softmaxInModel: true,
    dropout: (reader) => readDropout(reader, 0.1),
    json: (config) => ({
      architectures: [config.pooler ? 'BertForSequenceClassification' : 'BertModel'],
      model_type: 'bert',
      max_position_embeddings: config.contextLength,
      ...writeEncoder(config),
    }),
    classifier: {
      module: 'classifier',
      names: { 'head.kernel': 'classifier.weight', 'head.bias': 'classifier.bias' },
      // The class has a pooler before its classifier, and draws one where the files hold none.
      computes: ({ pooler }) => pooler,
    },
    pooling: 'first',
    prefix: 'bert.',
    ignored: [/^embeddings\.position_ids$/, /^cls\./, /^classifier\./],
  },
});
