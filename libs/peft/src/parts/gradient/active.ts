/**
 * @file A few blocks of the model, or a few kernels, trained at a time. Source of the use for memory: arXiv 2403.17919 and
 * 2404.02827; with another rule for the others: arXiv 2411.07837.
 */
import type { GradientPart, OptimizerState, ParameterInfo, Streams } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import { chosen, shuffled } from './chosen.js';
import { sizeOf } from './transform.js';

/** Which of so many blocks are active in an epoch: a function of the stream and the epoch alone. */
export interface Sampler {
  /** How many are active at a time. */
  size(blocks: number): number;
  draw(input: { blocks: number; epoch: number; random: Streams }): readonly number[];
}

/** How many of so many. */
type Count = (blocks: number) => number;
export const atMost =
  (count: number): Count =>
  (blocks) =>
    Math.min(count, blocks);
/** A half is rounded to the even number, as the authors of FRUGAL do: of five blocks a half is two. */
export const shareOf =
  (density: number): Count =>
  (blocks) => {
    const below = Math.floor(blocks * density);
    const rest = blocks * density - below;
    return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
  };

/** So many blocks, each set of them as likely as any other. */
export function uniformly(size: Count): Sampler {
  return {
    size,
    draw: ({ blocks, epoch, random }) => chosen(blocks, size(blocks), random.fork(`blocks/${epoch}`)),
  };
}

/** The next so many in each epoch, from the first on or from the last down; after the last comes the first. */
export function inWindows(order: 'ascending' | 'descending', size: Count): Sampler {
  return {
    size,
    draw({ blocks, epoch }) {
      const place = (index: number) => (epoch * size(blocks) + index) % blocks;
      const window = Array.from({ length: size(blocks) }, (_, index) => place(index));
      return order === 'ascending' ? window : window.map((index) => blocks - 1 - index);
    },
  };
}

export type BlockOrder = 'random' | 'ascending' | 'descending';

/** One block after another; `random` is another order in every round. */
export function inTurn(order: BlockOrder): Sampler {
  return {
    size: () => 1,
    draw({ blocks, epoch, random }) {
      const at = epoch % blocks;
      if (order === 'ascending') return [at];
      if (order === 'descending') return [blocks - 1 - at];
      return [shuffled(blocks, blocks, random.fork(`blocks/${Math.floor(epoch / blocks)}`))[at]!];
    },
  };
}

interface ActiveSetOptions {
  sampler: Sampler;
  /** Steps after which blocks are drawn again. */
  gap: number;
  /** Whether a parameter outside the blocks is always trained; else never. */
  always(info: ParameterInfo): boolean;
  /** A block that is drawn twice in a row begins anew. Default: it goes on. */
  renews?: boolean;
  /** Name of the block that a parameter lies in; undefined outside. Default: the transformer block. */
  blockOf?(info: ParameterInfo): string | undefined;
  /** The part that trains the blocks that are not active; it has no state. Default: they stay as they are. */
  others?: GradientPart;
}

/** The transformer block that a parameter lies in, e.g. `blocks.3.`; undefined outside. */
const transformerBlock = ({ path }: ParameterInfo): string | undefined => /^blocks\.\d+\./.exec(path)?.[0];

/**
 * Trains blocks by turns. A block begins with fresh state and counts its steps from 1 when it becomes active; its state is
 * dropped when it no longer is. Until it is again it stays as it is to the bit, and no gradient is made for it, or `others`
 * trains it.
 */
export function activeSet(
  inner: GradientPart,
  { sampler, gap, always, renews = false, blockOf = transformerBlock, others }: ActiveSetOptions,
): GradientPart {
  const blocksOf = (parameters: readonly ParameterInfo[]) => [
    ...new Set(parameters.flatMap((info) => blockOf(info) ?? [])),
  ];
  const inBlocks = (parameters: readonly ParameterInfo[], blocks: readonly string[]) =>
    parameters.filter((info) => {
      const block = blockOf(info);
      return block === undefined ? always(info) : blocks.includes(block);
    });
  const drawn = (blocks: readonly string[], epoch: number, random: Streams) =>
    sampler.draw({ blocks: blocks.length, epoch, random }).map((index) => blocks[index]!);
  const activeAt = (parameters: readonly ParameterInfo[], step: number, random: Streams) => {
    const blocks = blocksOf(parameters);
    return inBlocks(parameters, drawn(blocks, epochOf(step), random));
  };
  const epochOf = (step: number) => Math.floor((step - 1) / gap);

  /** Steps at which the blocks that are active now became so, by block. */
  const begins = (blocks: readonly string[], epoch: number, random: Streams): ReadonlyMap<string, number> =>
    new Map(
      drawn(blocks, epoch, random).map((block) => {
        let first = epoch;
        while (!renews && first > 0 && drawn(blocks, first - 1, random).includes(block)) first -= 1;
        return [block, first * gap + 1];
      }),
    );

  const activeSets = (parameters: readonly ParameterInfo[]) => {
    const blocks = blocksOf(parameters);
    const size = sampler.size(blocks.length);
    const scalars = (block: string) =>
      parameters.reduce((sum, info) => sum + (blockOf(info) === block ? sizeOf(info.shape) : 0), 0);
    const largest = [...blocks].sort((a, b) => scalars(b) - scalars(a)).slice(0, size);
    const candidates = [blocks.slice(0, size), blocks.slice(blocks.length - size), largest];
    return candidates.map((each) => inBlocks(parameters, each));
  };

  return {
    // Which blocks there are follows from all parameters.
    scope: 'tree',
    ...(others ? { statefulSets: activeSets } : { active: activeAt, activeSets }),
    unfit(parameters) {
      const blocks = blocksOf(parameters).length;
      if (blocks === 0) {
        return `no trained tensor lies in a block of the model, and blocks are what is trained by turns: ${named(parameters)}`;
      }
      return inner.unfit?.(activeSets(parameters)[0]!);
    },
    ...(inner.notice && { notice: inner.notice }),
    init: (parameters, random) => inner.init(activeAt(parameters, 1, random), random),
    async update(input) {
      const { info: parameters, step, random } = input;
      const begun = begins(blocksOf(parameters), epochOf(step), random);
      // Outside the blocks all that is active has been so from the first step on.
      const firstOf = (info: ParameterInfo) => begun.get(blockOf(info) ?? '') ?? 1;
      const active = inBlocks(parameters, [...begun.keys()]).map((info) => ({ info, first: firstOf(info) }));
      let state = input.state;
      if (step > 1 && (step - 1) % gap === 0) {
        const stays = new Set(active.filter(({ first }) => first < step).map(({ info }) => info.path));
        const entered = active.filter(({ first }) => first === step).map(({ info }) => info);
        state = { ...keepOnly(state, stays), ...inner.init(entered, random) };
      }
      const updates: Awaited<ReturnType<GradientPart['update']>>['updates'] = new Map();
      for (const first of new Set(active.map(({ first }) => first))) {
        const info = active.filter((each) => each.first === first).map((each) => each.info);
        const result = await inner.update({ ...input, info, state, step: step - first + 1 });
        state = result.state;
        for (const [path, update] of result.updates) updates.set(path, update);
      }
      if (others) {
        const rest = parameters.filter(({ path }) => !updates.has(path));
        const result = await others.update({ ...input, info: rest, state: {} });
        for (const [path, update] of result.updates) updates.set(path, update);
      }
      return { updates, state };
    },
    memory(parameters, on) {
      const sets = activeSets(parameters).map((set) => {
        const memory = inner.memory(set, on);
        if (!others) return memory;
        const rest = others.memory(
          parameters.filter((info) => !set.includes(info)),
          on,
        );
        const made = set.reduce((sum, { shape }) => sum + sizeOf(shape), 0) * on.bytesPerFloat;
        return { ...memory, workspace: Math.max(memory.workspace, made + rest.workspace) };
      });
      const most = (part: 'state' | 'workspace') => Math.max(...sets.map((memory) => memory[part]));
      return { state: most('state'), workspace: most('workspace') };
    },
  };
}

const named = (parameters: readonly ParameterInfo[]): string =>
  `there are ${parameters
    .slice(0, 3)
    .map(({ path }) => path)
    .join(', ')}${parameters.length > 3 ? ' …' : ''}`;

/** State of these parameters; that of all others is disposed. */
function keepOnly(state: OptimizerState, paths: ReadonlySet<string>): OptimizerState {
  const owner = (name: string) => name.slice(0, name.lastIndexOf('/'));
  const [kept, dropped] = [true, false].map((stays) =>
    Object.entries(state).filter(([name]) => paths.has(owner(name)) === stays),
  );
  tf.dispose(dropped!.map(([, tensor]) => tensor));
  return Object.fromEntries(kept!);
}
