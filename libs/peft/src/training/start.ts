/** @file An adapter that a training goes on from. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Method } from '../method.js';
import { type ApartOptions, apartText } from '../models/apart.js';
import type { DataFacts } from '../objectives/data.js';
import type { BaseDtype } from '../tensor/base-dtypes.js';
import { createRandom, type Random } from '../tensor/random.js';
import { readAdapter, twoEncoders } from './adapter.js';
import type { StoredTrial } from './first-values.js';
import { type Answers, headAnswering } from './head-answers.js';
import type { Initial } from './plan-options.js';

/** The training that the adapter must fit. */
interface Expected extends ApartOptions {
  method: Method;
  /** Parsed. */
  config: unknown;
  targets: readonly string[];
  initial: Initial;
  baseDtype?: BaseDtype | undefined;
  /** Seed of the trial, from which a random base is drawn. */
  seed: number;
  /** Facts of the data that say what the training's head is to answer. */
  answers: Answers;
}

/** The trial that a training starts from. */
export interface StartingTrial extends StoredTrial {
  /** The seed that its first values follow from. */
  seed: number;
}

/** The part of a setting that an adapter to start from must fit. */
export const startOf = ({ method, config, initial, options, data }: Fitted): Expected => ({
  ...options,
  ...{ method, config, initial, answers: data },
});

type Fitted = Pick<Expected, 'method' | 'config' | 'initial'> & {
  options: Omit<Expected, 'method' | 'config' | 'initial' | 'answers'>;
  data: DataFacts;
};

/** The seed that first values follow from, and its stream. */
export interface FirstDraws {
  seed: number;
  random: Random;
}

/** Draws of a training's first values: those of the trial that it starts from, so that kernels made anew are the ones it was trained on. */
export function firstDraws(start: StartingTrial | undefined, options: { seed: number }): FirstDraws {
  const { seed } = start ?? options;
  return { seed, random: createRandom(seed) };
}

/**
 * The stored trial of an adapter that fits, its head with the answers of the training: see `headAnswering`.
 *
 * @throws Error naming what it is of, and what the training is of
 */
export function readStart(adapter: Uint8Array, expected: Expected): StartingTrial {
  const { method, config, targets, initial, baseDtype = 'float32', seed } = expected;
  const { info, ...stored } = readAdapter(adapter);
  const foreign = info.method === method.startsFrom?.method ? method.startsFrom : undefined;
  const same = foreign
    ? foreign.fields.every((field) => isDeepStrictEqual(fieldOf(info.config, field), fieldOf(config, field)))
    : info.method === method.name && isDeepStrictEqual(method.config.parse(info.config), config);
  const expectedMethods = [method.name, ...(method.startsFrom ? [method.startsFrom.method] : [])];
  // The first that differs is told.
  const facts: readonly { fact?: string; theirs: string; ours: string; differ?: boolean }[] = [
    {
      fact: 'method',
      theirs: info.method,
      ours: expectedMethods.join(' or '),
      differ: !expectedMethods.includes(info.method),
    },
    { fact: 'configuration', theirs: JSON.stringify(info.config), ours: JSON.stringify(config), differ: !same },
    {
      fact: 'targets',
      theirs: info.targets.join(', '),
      ours: targets.join(', '),
      differ: !sameNames(info.targets, targets),
    },
    { theirs: baseOf(info), ours: baseOf({ initial, seed }) },
    { fact: 'baseDtype', theirs: info.baseDtype ?? 'float32', ours: baseDtype },
    { theirs: apartText(info), ours: apartText(expected) },
  ];
  const differs = facts.find(({ theirs, ours, differ = theirs !== ours }) => differ);
  const two = twoEncoders(info);
  if (two)
    throw new Error(`The adapter to start from is of two encoders: ${two}. Start from the one that it started from`);
  if (differs) {
    const { fact, theirs, ours } = differs;
    throw new Error(`The adapter to start from has the ${fact ? `${fact} ` : ''}${theirs}, not ${ours}`);
  }
  return { ...stored, tensors: headAnswering(stored.tensors, info, expected.answers), seed: info.seed };
}

/** Names the base that an adapter is on. */
const baseOf = ({ initial, seed }: { initial?: Initial | undefined; seed: number }) =>
  initial === 'random' ? `random base of seed ${seed}` : 'weights of the base';

const sameNames = (one: readonly string[], other: readonly string[]) =>
  one.toSorted().join() === other.toSorted().join();

const fieldOf = (config: unknown, field: string) => (config as Record<string, unknown>)[field];

/** The part of a trial's identity that is its start: a checkpoint goes on under the same one alone. */
export const startIdentity = (adapter: Uint8Array | undefined): { start?: string } =>
  adapter ? { start: createHash('sha256').update(adapter).digest('hex') } : {};
