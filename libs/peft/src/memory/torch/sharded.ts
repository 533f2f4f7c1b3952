/**
 * @file What each of several cards holds. Shares are those of ZeRO (arXiv 1910.02054, section 5): optimizer states in the first stage,
 * gradients too in the second, parameters too in the third, which is torch's fully sharded data parallelism (FSDP) as well.
 */
import type { ModelConfig } from '../../models/config.js';
import { sizeOf } from '../../tensor/shape.js';
import type { TrialPlan } from '../../training/plan.js';
import {
  adapterBytes,
  baseBytes,
  kernelBytes,
  openedBytes,
  type RunnerShard,
  type TorchOptions,
  type TorchShard,
} from './options.js';
import { packedOf } from './packed.js';
import { sum } from './saved.js';

/** Bytes that a card holds from step to step, where it is alone. */
export interface Held {
  weights: number;
  adapters: number;
  optimizer: number;
  gradients: number;
  /** Tensors that an update makes. */
  scratch: number;
  /** Optimizer states in paged memory. */
  paged: number;
}

/** The same of a card of several, with what it holds beside its shares. */
export interface Sharded extends Held {
  /** Buffers in which gradients are reduced, from the first step on. */
  buckets: number;
  /** Parameters that are gathered, and gradients that are not reduced yet, while the loss and while a block is differentiated. */
  gathered: Gathered;
}

interface Gathered {
  loss: number;
  block: number;
  /** As the forward pass begins, and as it comes to its last block, where that may be the peak. */
  forward?: { first: number; last: number };
}

interface Parts {
  plan: TrialPlan;
  model: ModelConfig;
  options: TorchOptions;
}

/** DeepSpeed's defaults: numbers of `reduce_bucket_size`, and of `stage3_max_live_parameters`. */
const reducedAtOnce = 5e8;
const liveAtMost = 1e9;

/** Parts of which each card holds its share, by the way. */
const shares: Readonly<Record<TorchShard | RunnerShard, readonly (keyof Held)[]>> = {
  ddp: [],
  zero1: ['optimizer', 'scratch', 'paged'],
  zero2: ['optimizer', 'scratch', 'paged', 'gradients'],
  zero3: ['optimizer', 'scratch', 'paged', 'gradients', 'weights', 'adapters'],
  fsdp: ['optimizer', 'scratch', 'paged', 'gradients', 'weights', 'adapters'],
  fsdp2: ['optimizer', 'scratch', 'paged', 'gradients', 'weights', 'adapters'],
  'fsdp2-trained': ['optimizer', 'scratch', 'paged', 'gradients'],
};

/** Bytes that each card holds: its share of what one alone holds, and buffers. */
export function shardedOver(held: Held, parts: Parts): Sharded {
  const { gpus = 1, parts: ofRunner, shard = ofRunner ?? 'ddp' } = parts.options;
  if (gpus === 1) return { ...held, buckets: 0, gathered: { loss: 0, block: 0 } };
  const own = { ...held };
  for (const part of shares[shard]) own[part] = Math.ceil(held[part] / gpus);
  return { ...own, ...buffersOf[shard](held, parts) };
}

type Buffers = Pick<Sharded, 'buckets' | 'gathered'> & Partial<Pick<Held, 'adapters'>>;

const none = { loss: 0, block: 0 };

/** DeepSpeed reduces so many numbers at once, of all gradients at most. */
const bucketOf = ({ gradients }: Held, { plan, options }: Parts) => {
  const each = plan.adapters.length > 0 ? adapterBytes(options) : baseBytes(options);
  return Math.min(gradients, reducedAtOnce * each);
};

const buffersOf: Readonly<Record<TorchShard | RunnerShard, (held: Held, parts: Parts) => Buffers>> = {
  /** Gradients are copied to buckets, which are there from the start: `gradient_as_bucket_view` is off. */
  ddp: ({ gradients }) => ({ buckets: gradients, gathered: none }),
  zero1: (held, parts) => ({ buckets: bucketOf(held, parts), gathered: none }),
  zero2: (held, parts) => ({ buckets: bucketOf(held, parts), gathered: none }),
  /** Parameters stay gathered until so many are: at least those of the largest unit. */
  zero3(held, parts) {
    const { plan } = parts;
    const { root, blocks } = unitsOf(parts);
    const all = held.weights + held.adapters;
    const numbers =
      sum(plan.base.map(({ shape }) => sizeOf(shape))) + sum(plan.adapters.map(({ shape }) => sizeOf(shape)));
    const live = Math.max(root, ...blocks, Math.min(all, Math.ceil((all / numbers) * liveAtMost)));
    return { buckets: bucketOf(held, parts), gathered: { loss: live, block: live } };
  },
  /**
   * The root, which is what no block has, stays gathered from the forward pass on. While a block is differentiated the one before it is
   * gathered too (`BackwardPrefetch.BACKWARD_PRE`), and its gradients are whole until they are reduced to shares.
   */
  fsdp(_, parts) {
    const { root, blocks, gradients } = unitsOf(parts);
    const block = Math.max(0, ...blocks);
    return { buckets: 0, gathered: { loss: root, block: root + 2 * block + Math.max(0, ...gradients) } };
  },
  /**
   * As FSDP, and what is gathered lies in a buffer before it is parameters. That of a unit stays until the next one is gathered in the
   * forward pass; in the backward pass the next block is in its buffer. Gradients are copied to be reduced.
   */
  fsdp2(_, parts) {
    const { root, blocks, gradients } = unitsOf(parts);
    const block = Math.max(0, ...blocks);
    return {
      buckets: 0,
      gathered: {
        loss: root + block,
        block: root + 2 * block + Math.max(0, ...gradients),
        forward: { first: 2 * (root + block), last: root + 3 * block },
      },
    };
  },
  /** What is trained is whole from the forward pass to its backward one; all else is whole. */
  'fsdp2-trained'({ adapters, gradients: trained }, parts) {
    const { gradients } = unitsOf(parts);
    const { gpus = 1 } = parts.options;
    return {
      adapters: adapters - trained + Math.ceil(trained / gpus),
      buckets: 0,
      gathered: { loss: trained, block: trained + Math.max(0, ...gradients) },
    };
  },
};

const blockOf = (path: string): string => /^(?:blocks|layers)\.\d+(?=\.)/.exec(path)?.[0] ?? '';

/** Bytes of the parameters of the root and of each block, and of the gradients of each block. */
function unitsOf({ plan, model, options }: Parts): { root: number; blocks: number[]; gradients: number[] } {
  const { packed } = packedOf(plan)(model);
  const kernels = new Map(packed.map(({ path, numbers, outputs }) => [`${path}.kernel`, { numbers, outputs }]));
  const biases = new Set(packed.map(({ path }) => `${path}.bias`));
  const parameters = new Map<string, number>();
  const add = (to: Map<string, number>, path: string, bytes: number) =>
    to.set(blockOf(path), (to.get(blockOf(path)) ?? 0) + bytes);
  for (const { path, shape } of plan.base) {
    const kernel = kernels.get(path);
    const each = biases.has(path) ? openedBytes(options) : baseBytes(options);
    const isPacked = kernel !== undefined && (options.dtype === 'int8' || options.dtype === 'nf4');
    add(parameters, path, isPacked ? kernelBytes(kernel.numbers, kernel.outputs, options) : each * sizeOf(shape));
  }
  const own = new Set(plan.adapters.map(({ path }) => path));
  for (const { path, shape } of plan.adapters) add(parameters, path, adapterBytes(options) * sizeOf(shape));
  const trained = new Map<string, number>();
  for (const { path, shape } of plan.info) {
    add(trained, path, (own.has(path) ? adapterBytes(options) : baseBytes(options)) * sizeOf(shape));
  }
  const ofBlocks = (of: Map<string, number>) => [...of].flatMap(([block, bytes]) => (block === '' ? [] : [bytes]));
  return { root: parameters.get('') ?? 0, blocks: ofBlocks(parameters), gradients: ofBlocks(trained) };
}
