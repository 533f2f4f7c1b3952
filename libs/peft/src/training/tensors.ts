/** @file The tensors of one trial on the device: its own, and those of the frozen base that it shares with others. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { HostTensor, ParameterMap } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import { toDevice } from '../tensor/host.js';
import type { Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';
import { type FirstValues, headValue } from './first-values.js';
import type { TrialPlan } from './plan.js';

export class TrialTensors {
  readonly #base: LoadedBase;
  readonly #plan: TrialPlan;
  readonly #own = new Map<string, tfjs.Tensor>();
  readonly #shared = new Map<string, tfjs.Tensor>();
  /** Paths whose values may change. */
  readonly #replaceable: ReadonlySet<string>;

  /**
   * Puts first values on the device, and of the base what the plan has. Parameters it goes without leave the device. Where
   * something finds no room, nothing of it stays.
   */
  constructor(base: LoadedBase, plan: TrialPlan, values: { initial: FirstValues; random: Random }) {
    this.#base = base;
    this.#plan = plan;
    this.#replaceable = new Set([
      ...plan.info.map(({ path }) => path),
      ...plan.adapters.filter(({ scheduled }) => scheduled).map(({ path }) => path),
    ]);
    try {
      this.#fill(values);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #fill({ initial, random }: { initial: FirstValues; random: Random }): void {
    const [base, plan] = [this.#base, this.#plan];
    for (const { path } of plan.adapters) this.#own.set(path, toDevice(initial.adapters.get(path)!));
    for (const { path } of plan.discarded) base.evict(path);
    for (const [path, value] of initial.kernels) {
      base.evict(path);
      this.#own.set(path, toDevice(value));
    }
    for (const { path, kind, shape } of plan.trainedBase) {
      if (this.#own.has(path)) continue;
      base.evict(path);
      this.#own.set(path, kind === 'head' ? toDevice(headValue(path, shape, random)) : base.copy(path));
    }
    for (const { path } of plan.base) if (!this.#own.has(path)) this.#shared.set(path, base.acquire(path));
  }

  /** @throws Error if the trial has no such tensor */
  get(path: string): tfjs.Tensor {
    const found = this.#own.get(path) ?? this.#shared.get(path);
    if (found === undefined) {
      throw new Error(`This trial has no tensor ${path}`);
    }
    return found;
  }

  /** Trained tensors by path, in the order of the plan's `info`; or frozen adapter tensors. */
  select(trained: boolean): Map<string, tfjs.Tensor> {
    const adapters = this.#plan.adapters.filter((adapter) => adapter.trained === trained);
    return new Map([...adapters, ...(trained ? this.#plan.trainedBase : [])].map(({ path }) => [path, this.get(path)]));
  }

  /** See `TrialModel.replace`. */
  replace(path: string, next: tfjs.Tensor): void {
    const previous = this.#own.get(path);
    if (previous === undefined || !this.#replaceable.has(path)) {
      throw new Error(`${path} is neither a trained nor a scheduled tensor of this trial`);
    }
    if (next.shape.join() !== previous.shape.join()) {
      throw new Error(`${path} is [${previous.shape}], its next value has the shape [${next.shape}]`);
    }
    this.#own.set(path, tf.keep(next));
    previous.dispose();
  }

  /** See `TrialModel.load`. */
  load(tensors: ReadonlyMap<string, HostTensor>): void {
    const expected = new Map([...this.select(true), ...this.select(false)]);
    requireSame(tensors, expected);
    for (const [path, value] of tensors) {
      this.#own.set(path, toDevice(value));
      expected.get(path)!.dispose();
    }
  }

  /** Runs with other tensors in place of the trial's own, which stay the caller's. */
  during<T>(others: ParameterMap, run: () => T): T {
    const now = this.select(true);
    for (const [path, other] of others) this.#own.set(path, other);
    try {
      return run();
    } finally {
      for (const [path, current] of now) this.#own.set(path, current);
    }
  }

  /** Frees the trial's own; the base's shared tensors stay for the next one. */
  dispose(): void {
    for (const owned of this.#own.values()) owned.dispose();
    this.#own.clear();
    for (const path of this.#shared.keys()) this.#base.release(path);
    this.#shared.clear();
  }
}

function requireSame(given: ReadonlyMap<string, HostTensor>, expected: ParameterMap): void {
  const missing = [...expected.keys()].find((path) => !given.has(path));
  if (missing !== undefined) {
    throw new Error(`Stored tensors lack ${missing}`);
  }
  for (const [path, { shape }] of given) {
    const own = expected.get(path);
    if (own?.shape.join() !== shape.join()) {
      throw new Error(`Stored tensor ${path} is [${shape}], this trial has ${own ? `[${own.shape}]` : 'none'}`);
    }
  }
}
