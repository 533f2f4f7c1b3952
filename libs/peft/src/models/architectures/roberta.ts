/**
 * @file RoBERTa (also XLM-RoBERTa and CamemBERT): BERT with positions that begin after the padding token's, and a head
 * with a layer of its own in place of the pooler. arXiv 1907.11692.
 */
import { z } from 'zod';
import { defineArchitecture } from '../architecture.js';
import { encoderFields, encoderHidden, encoderModules, readDropout, readEncoder, writeEncoder } from '../encoder.js';

export const robertaConfig = z
  .strictObject({
    architecture: z.literal('roberta'),
    ...encoderFields,
    /** Position of the first token; those before it are not used. */
    firstPosition: z.int().min(0),
  })
  .refine((config) => config.width % config.heads === 0, {
    path: ['heads'],
    error: 'width must be divisible by heads',
  });
export type RobertaConfig = z.infer<typeof robertaConfig>;

export const roberta = defineArchitecture<RobertaConfig>({
  name: 'roberta',
  title: 'RoBERTa: positions after the padding token’s, post-norm, GELU, head of two layers',
  config: robertaConfig,
  input: ({ vocabularySize, contextLength }) => ({ kind: 'tokens', vocabularySize, contextLength }),

  modules: (config) => encoderModules(config, config.firstPosition + config.contextLength),
  hidden: (graph, config) => encoderHidden(graph, config, { first: config.firstPosition }),
  encodesApart: true,
  pool: (graph, _, hidden) => graph.tanh(graph.project('head.dense', graph.firstTokens(hidden))),
  head: ({ width }) => [
    { path: 'head.dense.kernel', kind: 'head', shape: [width, width] },
    { path: 'head.dense.bias', kind: 'head', shape: [width] },
  ],

  huggingFace: {
    modelTypes: ['roberta', 'xlm-roberta', 'camembert'],
    config(reader) {
      const firstPosition = reader.whole('pad_token_id', 1) + 1;
      return {
        architecture: 'roberta',
        ...readEncoder(reader, { types: 2, epsilon: 1e-12 }),
        contextLength: reader.count('max_position_embeddings', 512) - firstPosition,
        firstPosition,
      };
    },
    softmaxInModel: true,
    dropout: (reader) => readDropout(reader, 0.1),
    json: (config) => ({
      architectures: ['RobertaForSequenceClassification'],
      model_type: 'roberta',
      pad_token_id: config.firstPosition - 1,
      max_position_embeddings: config.firstPosition + config.contextLength,
      ...writeEncoder(config),
    }),
    classifier: {
      module: 'classifier',
      names: {
        'head.dense.kernel': 'classifier.dense.weight',
        'head.dense.bias': 'classifier.dense.bias',
        'head.kernel': 'classifier.out_proj.weight',
        'head.bias': 'classifier.out_proj.bias',
      },
    },
    prefix: 'roberta.',
    ignored: [/^embeddings\.position_ids$/, /^pooler\./, /^lm_head\./, /^classifier\./],
  },
});
