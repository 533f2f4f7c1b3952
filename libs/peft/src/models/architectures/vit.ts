/**
 * @file Vision Transformer: patches of an image through one linear layer, a class token before them, norm before each
 * half of a block. arXiv 2010.11929.
 */
import { z } from 'zod';
import type { LayerShape } from '../../method.js';
import { defineArchitecture, type Module } from '../architecture.js';
import { readDropout } from '../encoder.js';
import { preNormBlocks } from '../graph.js';
import { layerNormModule, linearModule, projectionModule, tableModule } from '../modules.js';

export const vitConfig = z
  .strictObject({
    architecture: z.literal('vit'),
    /** Pixels along a side of the image, and of a patch. */
    imageSize: z.int().positive(),
    patchSize: z.int().positive(),
    channels: z.int().positive(),
    width: z.int().positive(),
    layers: z.int().positive(),
    heads: z.int().positive(),
    /** Default: `width / heads`; another one where heads were pruned. */
    headWidth: z.int().positive().optional(),
    mlpWidth: z.int().positive(),
    normEpsilon: z.number().positive(),
    /** Whether query, key and value have a bias. */
    bias: z.boolean(),
  })
  .refine((config) => config.width % config.heads === 0, {
    path: ['heads'],
    error: 'width must be divisible by heads',
  })
  .refine((config) => config.imageSize % config.patchSize === 0, {
    path: ['patchSize'],
    error: 'imageSize must be divisible by patchSize',
  });
export type VitConfig = z.infer<typeof vitConfig>;

const patchesOf = ({ imageSize, patchSize }: VitConfig) => (imageSize / patchSize) ** 2;

export const vit = defineArchitecture<VitConfig>({
  name: 'vit',
  title: 'ViT: image patches, class token, pre-norm, GELU',
  scalesResidual: true,
  config: vitConfig,
  input: ({ imageSize, channels }) => ({ kind: 'image', height: imageSize, width: imageSize, channels }),

  modules(config) {
    const { width, layers, channels, patchSize } = config;
    const rows = patchesOf(config) + 1;
    return [
      tableModule('embedding.class', 'embedding', [1, width], 'embeddings.cls_token', { shape: [1, 1, width] }),
      tableModule('embedding.positions', 'position-embedding', [rows, width], 'embeddings.position_embeddings', {
        shape: [1, rows, width],
      }),
      projectionModule(
        'embedding.patches',
        channels * patchSize ** 2,
        width,
        'embeddings.patch_embeddings.projection',
        {
          shape: [width, channels, patchSize, patchSize],
        },
      ),
      ...Array.from({ length: layers }, (_, index) => block(index, config)).flat(),
      layerNormModule('norm_final', width, 'layernorm'),
    ];
  },

  hidden(graph, { patchSize, layers, heads, normEpsilon }) {
    const x = graph.scope(() =>
      graph.classToken(
        { token: 'embedding.class', positions: 'embedding.positions' },
        graph.project('embedding.patches', graph.patches(patchSize)),
      ),
    );
    const activation = (inner: typeof x) => graph.gelu(inner);
    return preNormBlocks(graph, x, { layers, heads, normEpsilon, mask: 'none', activation });
  },

  pool: (graph, _, hidden) => graph.firstTokens(hidden),

  huggingFace: {
    modelTypes: ['vit'],
    config(reader) {
      reader.require('hidden_act', ['gelu'], 'gelu');
      return {
        architecture: 'vit',
        imageSize: reader.count('image_size', 224),
        patchSize: reader.count('patch_size', 16),
        channels: reader.count('num_channels', 3),
        width: reader.count('hidden_size'),
        layers: reader.layers('num_hidden_layers'),
        heads: reader.count('num_attention_heads'),
        mlpWidth: reader.count('intermediate_size'),
        normEpsilon: reader.number('layer_norm_eps', 1e-12),
        bias: reader.flag('qkv_bias', true),
      };
    },
    softmaxInModel: true,
    dropout: (reader) => readDropout(reader, 0),
    json: (config) => ({
      architectures: ['ViTForImageClassification'],
      model_type: 'vit',
      image_size: config.imageSize,
      patch_size: config.patchSize,
      num_channels: config.channels,
      hidden_size: config.width,
      num_hidden_layers: config.layers,
      num_attention_heads: config.heads,
      intermediate_size: config.mlpWidth,
      hidden_act: 'gelu',
      layer_norm_eps: config.normEpsilon,
      qkv_bias: config.bias,
    }),
    classifier: { module: 'classifier', names: { 'head.kernel': 'classifier.weight', 'head.bias': 'classifier.bias' } },
    loadedAs,
    prefix: 'vit.',
    ignored: [/^pooler\./, /^classifier\./],
  },
});

/** transformers 5 has other names in memory than in files, which are those of transformers 4 in both. */
function loadedAs(name: string): string {
  return name
    .replace('encoder.layer.', 'layers.')
    .replace(/attention\.attention\.(query|key|value)$/, (_, role: string) => `attention.${role[0]}_proj`)
    .replace(/attention\.output\.dense$/, 'attention.o_proj')
    .replace(/intermediate\.dense$/, 'mlp.fc1')
    .replace(/(layers\.\d+)\.output\.dense$/, '$1.mlp.fc2');
}

function block(index: number, { width, heads, headWidth = width / heads, mlpWidth, bias }: VitConfig): Module[] {
  const path = `blocks.${index}`;
  const module = `encoder.layer.${index}`;
  const linear = (at: string, name: string, theirs: string, shape: LayerShape) =>
    linearModule({
      path: `${path}.${at}.${name}`,
      name,
      shape,
      source: { module: `${module}.${theirs}`, layout: 'linear' },
    });
  const inner = heads * headWidth;
  return [
    layerNormModule(`${path}.norm_1`, width, `${module}.layernorm_before`),
    ...(['query', 'key', 'value'] as const).map((role) =>
      linear('attention', role, `attention.attention.${role}`, { in: width, out: inner, heads, bias, role }),
    ),
    linear('attention', 'output', 'attention.output.dense', {
      in: inner,
      out: width,
      heads,
      bias: true,
      role: 'output',
    }),
    layerNormModule(`${path}.norm_2`, width, `${module}.layernorm_after`),
    linear('mlp', 'fc_in', 'intermediate.dense', { in: width, out: mlpWidth, bias: true, role: 'up' }),
    linear('mlp', 'fc_out', 'output.dense', { in: mlpWidth, out: width, bias: true, role: 'down' }),
  ];
}
