/**
 * @file BD-LoRA: one factor of every layer is block-diagonal, so that shards of a served model need not exchange what lies between the
 * factors. Source: arXiv 2510.23346; as Python peft has it.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { transposed } from '../export/form.js';
import { loraSettings } from '../export/lora.js';
import { defineMethod, type InitPart, type LayerShape } from '../method.js';
import { divides } from '../parts/fit.js';
import { constant, uniform } from '../parts/init/host.js';
import { alphaField } from '../parts/weight/alpha.js';
import { factored } from '../parts/weight/low-rank.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z.int().min(1).default(8).describe('Rank r of the update'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
  blocks: z
    .int()
    .min(1)
    .default(2)
    .describe('Blocks of the block-diagonal factor, as many as shards that serve the model; divides rank and sides'),
});
type Config = z.infer<typeof config>;

/** Layers whose inputs are what is sharded: their first factor is block-diagonal, the second one of all others. */
const byInputs = ({ role }: LayerShape) => role === 'output' || role === 'down';

/** `[rows, columns]` → `[rows·n, columns]`: columns are in n parts, each at the rows of its own block and zero at the others. Keeps nothing. */
function blockDiagonal(blocks: Tensor2D, n: number): Tensor2D {
  const [rows, columns] = blocks.shape;
  const own = () => tf.reshape(tf.eye(n), [n, 1, n, 1]);
  return fused<Tensor2D, Record<string, Tensor>>(
    [
      [
        blocks,
        (dy) => {
          const placed = tf.mul(tf.reshape(dy, [n, rows, n, columns / n]), own());
          return tf.reshape(tf.sum(placed, 0), [rows, columns]);
        },
      ],
    ],
    () => {
      const value = tf.tidy(() => {
        const placed = tf.mul(tf.reshape(blocks, [1, rows, n, columns / n]), own());
        return tf.reshape(placed, [n * rows, columns]) as Tensor2D;
      });
      return { value, save: {} };
    },
  );
}

const oneBlockDiagonal = factored<Config>({
  tensors: (layer, { rank, blocks }) => ({
    bdlora_A: {
      shape: [byInputs(layer) ? layer.in / blocks : layer.in, rank],
      trained: true,
      scope: 'layer',
      side: 'input',
    },
    bdlora_B: {
      shape: [byInputs(layer) ? rank : rank / blocks, layer.out],
      trained: true,
      scope: 'layer',
      side: 'output',
    },
  }),
  factors(layer, { tensors, config: { rank, alpha, blocks } }) {
    const [a, b] = [tensors.bdlora_A as Tensor2D, tf.mul(tensors.bdlora_B as Tensor2D, alpha / rank) as Tensor2D];
    return byInputs(layer) ? { a: blockDiagonal(a, blocks), b } : { a, b: blockDiagonal(b, blocks) };
  },
  multiplies: (layer, { rank }) => [
    { columns: rank, of: ['bdlora_A'] },
    { columns: layer.out, of: ['bdlora_B'] },
  ],
  activations: (layer, { rank }) => ({
    perRow: rank,
    // The factor that is block-diagonal, and the scaled B.
    fixed: rank * (byInputs(layer) ? layer.in + layer.out : layer.out) + 1,
    keepsInput: ['bdlora_A'],
    dropsInput: true,
    inPeft: { perRow: rank, fixed: 0 },
  }),
});

/** `A` uniform as LoRA's, or on ±√6/√fan-in of a block where it is block-diagonal, as in Python peft; `B` zero. */
const zeroUpdate: InitPart<Config> = {
  layer({ shape, config, random }) {
    const { bdlora_A, bdlora_B } = oneBlockDiagonal.tensors(shape, config);
    const bound = byInputs(shape) ? Math.sqrt((6 * config.blocks) / shape.in) : 1 / Math.sqrt(shape.in);
    return { tensors: { bdlora_A: uniform(bdlora_A!.shape, bound, random), bdlora_B: constant(bdlora_B!.shape, 0) } };
  },
};

/** The last part of a path, which peft knows modules by. */
const endOf = ({ name }: { name: string }) => name.slice(name.lastIndexOf('.') + 1);

/** Ends of the names of modules by which of their factors is block-diagonal. */
function endsOf(modules: readonly { name: string; shape: LayerShape }[]) {
  const ends = (which: boolean) => [
    ...new Set(modules.filter(({ shape }) => byInputs(shape) === which).map((module) => endOf(module))),
  ];
  return { first: ends(true), second: ends(false) };
}

/** Which modules a `use_bdlora` names: patterns are parts of a module's name, and `match_strict` says nothing where each is named. */
function ofModules(said: unknown, modules: readonly { name: string }[]) {
  const { target_modules_bd_a: a, target_modules_bd_b: b, nblocks } = said as Record<string, unknown>;
  const named = (patterns: unknown) =>
    modules.flatMap(({ name }) => (((patterns ?? []) as string[]).some((part) => name.includes(part)) ? [name] : []));
  const [first, second] = [named(a), named(b)];
  return first.length + second.length === modules.length ? { first, second, nblocks } : said;
}

export const bdLora = defineMethod({
  name: 'bd-lora',
  title: 'BD-LoRA',
  paper: {
    title: 'Block-Diagonal LoRA for Eliminating Communication Overhead in Tensor Parallel LoRA Serving',
    arxiv: '2510.23346',
    year: 2025,
  },
  evidence: {
    level: 'partial',
    reason: 'As Python peft has it, block-diagonal where its guidelines say; no published result was checked',
  },
  summary: 'LoRA with one block-diagonal factor: shards of a served model exchange less.',
  parameterFormula: 'r·in + r·out/blocks (output, down: r·in/blocks + r·out)',
  memoryFormula: '4·trained + rows·(in + r) + r·out + 1 (output, down: 4·trained + rows·(in + r) + r·(in + out) + 1)',
  config,
  usesRank: true,
  unfit: (layer, { rank, blocks }) =>
    divides('blocks', blocks, rank, 'ranks') ??
    divides('blocks', blocks, byInputs(layer) ? layer.in : layer.out, byInputs(layer) ? 'inputs' : 'outputs'),
  startsAtBase: true,
  weight: oneBlockDiagonal,
  init: zeroUpdate,
  peft: {
    type: 'LORA',
    settings({ rank, alpha, blocks }, modules) {
      const { first, second } = endsOf(modules);
      const use_bdlora = {
        target_modules_bd_a: first,
        target_modules_bd_b: second,
        nblocks: blocks,
        match_strict: true,
      };
      return { ...loraSettings({ r: rank, alpha }), use_bdlora };
    },
    config: ({ r, lora_alpha, use_bdlora }) => ({
      rank: r,
      alpha: lora_alpha,
      blocks: (use_bdlora as { nblocks?: number } | undefined)?.nblocks ?? 0,
    }),
    same: { use_bdlora: ofModules },
    trainingOnly: ['lora_dropout'],
    unsupported(_, __, modules) {
      const { first, second } = endsOf(modules);
      const both = first.find((end) => second.includes(end));
      return (
        both && `modules called ${both} have either factor block-diagonal, and Python peft knows them by that name`
      );
    },
    tensors: { bdlora_A: transposed('lora_A.weight'), bdlora_B: transposed('lora_B.weight') },
  },
  learningRates: [3e-4, 1e-3, 3e-3],
});
