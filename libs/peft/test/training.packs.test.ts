/** @file Trials that share a process and a base: each must be what it is alone, whatever becomes of the others. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { casesOf } from '../../../test/support/full.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { packBytes, packRoom } from '../src/memory/pack-bytes.js';
import { predictPacked } from '../src/memory/packed.js';
import type { Method } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { baseParameters } from '../src/models/config.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { DivergedError } from '../src/training/diverged.js';
import type { StepEvent, TrainEvent } from '../src/training/events.js';
import { headOf } from '../src/training/loss.js';
import { type TrainInput, type TrainResult, train } from '../src/training/trainer.js';
import { Turns } from '../src/training/turns.js';
import { oneOfEach, slotsOf } from './support/capabilities.js';
import { dataFor, targets, tinyBase, tinyCompanions, tinyData } from './support/tiny-model.js';

interface Member {
  method: Method;
  seed?: number;
  dropout?: number;
  more?: Partial<TrainInput>;
  options?: object;
}

/** Everything a trial says of itself, without what a clock says. */
interface Told {
  steps: Omit<StepEvent, 'tokensPerSecond'>[];
  others: unknown[];
  result: Omit<TrainResult, 'seconds' | 'stepSeconds' | 'stepCpuSeconds'>;
}

/** Bytes as text: comparing them element by element takes longer than a training. */
const bytesAsText = <T extends object>(told: T): T =>
  Object.fromEntries(
    Object.entries(told).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ]),
  ) as T;

describe.each(['wasm', ...addedEngines] as const)('on %s', (engineName) => {
  let engine: Engine;
  let base: LoadedBase;
  let turns: Turns;
  let tensorsBefore = 0;
  beforeAll(async () => {
    engine = await openEngine(engineName, engineOptions);
  });
  beforeEach(() => {
    tensorsBefore = tf.memory().numTensors;
    base = tinyBase();
    turns = new Turns();
  });
  afterAll(() => {
    base.dispose();
    expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore);
  });

  async function tell(
    { method, seed = 5, dropout = 0, more, options }: Member,
    sharing: Partial<TrainInput>,
  ): Promise<Told> {
    const events: TrainEvent[] = [];
    const companions = tinyCompanions(method);
    const {
      seconds: _,
      stepSeconds: __,
      stepCpuSeconds: ___,
      ...result
    } = await train({
      ...companions.input,
      engine,
      model: base,
      method,
      config: method.config.parse(method.usesRank ? { rank: 4 } : {}),
      optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({})),
      data: dataFor(method),
      options: {
        clipNorm: null,
        steps: 6,
        batchSize: 4,
        evalEvery: 2,
        checkpointEvery: 3,
        learningRate: method.learningRates.at(-1) ?? 1e-3,
        targets,
        seed,
        dropout,
        ...options,
      },
      onEvent: (event) => void events.push(event),
      ...more,
      ...sharing,
    }).finally(() => companions.dispose());
    return {
      steps: events.flatMap((event) => (event.type === 'step' ? [withoutClock(event)] : [])),
      // A calibration that an earlier trial made is not made again.
      others: events.filter(({ type }) => !['step', 'calibration', 'calibrated'].includes(type)).map(bytesAsText),
      result: bytesAsText(result),
    };
  }

  const withoutClock = ({ tokensPerSecond: _, ...event }: StepEvent) => event;

  /** In a process of its own: nothing of another trial is on the device. */
  async function alone(member: Member): Promise<Told> {
    const own = base;
    base = tinyBase();
    try {
      return await tell(member, {});
    } finally {
      base.dispose();
      base = own;
    }
  }

  const packed = (members: readonly Member[]): Promise<PromiseSettledResult<Told>[]> =>
    Promise.allSettled(members.map((member) => turns.run(member.more?.signal, (turn) => tell(member, { turn }))));

  const told = (settled: PromiseSettledResult<Told>): Told => {
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  };

  describe('a pack', () => {
    it('gives each of many methods the numbers, files and measured bytes that it has alone, to the bit', async () => {
      const chosen = casesOf(`methods in one pack on ${engineName}`, methods, oneOfEach(methods, slotsOf));
      const members = chosen.map((method, index) => ({ method, dropout: index % 2 === 0 ? 0.1 : 0 }));
      const together = await packed(members);
      for (const [index, member] of members.entries()) {
        expect(told(together[index]!), member.method.name).toEqual(await alone(member));
      }
    });

    it('shares one frozen copy of the base among seeds of one method', async () => {
      const method = findMethod('lora');
      let most = 0;
      const onEvent = () => {
        most = Math.max(most, engine.liveBytes());
      };
      const before = engine.liveBytes();
      const members = [1, 2, 3, 4].map((seed) => ({ method, seed }));
      const together = await Promise.all(
        members.map((member) => turns.run(undefined, (turn) => tell(member, { turn, onEvent }))),
      );
      const { weights, adapters, optimizer } = together[0]!.result.peak;
      // Between steps: one base, and of each its adapters and optimizer state.
      expect(most - before).toBe(weights + 4 * (adapters + optimizer));
    });

    it('calibrates once for members that ask for the same', async () => {
      const method = findMethod('lora-ga');
      const members = [1e-3, 3e-3, 1e-2].map((learningRate) => ({ method, options: { learningRate } }));
      let batches = 0;
      const onEvent = (event: TrainEvent) => {
        batches += Number(event.type === 'calibration');
      };
      await Promise.all(members.map((member) => turns.run(undefined, (turn) => tell(member, { turn, onEvent }))));
      expect(batches).toBe(method.calibration!(method.config.parse({ rank: 4 }))!.batches);
      const together = await packed(members);
      for (const [index, member] of members.entries()) expect(told(together[index]!)).toEqual(await alone(member));
    });

    it('calibrates on when the member that did so is stopped', async () => {
      const method = findMethod('lora-ga');
      const stop = new AbortController();
      const onEvent = (event: TrainEvent) => {
        if (event.type === 'calibration') stop.abort();
      };
      const [stopped, goesOn] = await packed([{ method, more: { signal: stop.signal, onEvent } }, { method }]);
      expect(told(stopped!).result).toMatchObject({ outcome: 'stopped', steps: 0 });
      expect(told(goesOn!)).toEqual(await alone({ method }));
    });

    /** PiSSA, which says when it begins with a layer. */
    const decomposing = (onLayer: () => void): Method => {
      const method = findMethod('pissa');
      const init: Method['init'] = {
        ...method.init!,
        layer(spec) {
          onLayer();
          return method.init!.layer(spec);
        },
      };
      return { ...method, init };
    };

    it('takes steps of others between the first values of two layers', async () => {
      const order: string[] = [];
      // Turns go to whoever ran least: by this clock a layer takes as long as a step, on any engine.
      let now = 0;
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
      const passes = (what: string) => {
        order.push(what);
        now++;
      };
      const method = decomposing(() => passes('layer'));
      const onEvent = ({ type }: TrainEvent) => void (type === 'step' && passes(type));
      const [, started] = await packed([{ method: findMethod('lora'), more: { onEvent } }, { method }]);
      clock.mockRestore();
      expect(order.slice(order.indexOf('layer'), order.lastIndexOf('layer'))).toContain('step');
      expect(told(started!)).toEqual(await alone({ method: findMethod('pissa') }));
    });

    it('makes first values of no further layer for one that is told to stop', async () => {
      const stop = new AbortController();
      let layers = 0;
      const method = decomposing(() => {
        layers++;
        stop.abort('drain');
      });
      const [stopped] = await packed([{ method, more: { signal: stop.signal } }]);
      expect(told(stopped!).result).toMatchObject({ outcome: 'stopped', steps: 0 });
      expect(layers).toBe(1);
    });

    it('goes on when one diverges, one is over its budget and one is told to stop', async () => {
      const method = findMethod('lora');
      const stop = new AbortController();
      const stopped: Member = {
        method,
        seed: 2,
        more: {
          signal: stop.signal,
          onEvent: (event) => {
            if (event.type === 'step' && event.step === 2) stop.abort('cancelled');
          },
        },
      };
      const members: Member[] = [
        { method, seed: 1 },
        { method, options: { learningRate: 1e30, clipNorm: null, schedule: 'constant' } },
        { method, more: { budgetBytes: 1000 } },
        stopped,
        { method: findMethod('pissa'), seed: 3 },
      ];
      const [first, diverged, over, ended, last] = await packed(members);
      expect(told(first!)).toEqual(await alone(members[0]!));
      expect(told(last!)).toEqual(await alone(members[4]!));
      expect(diverged).toMatchObject({ status: 'rejected', reason: expect.any(DivergedError) });
      expect(told(over!).result).toMatchObject({ outcome: 'over-budget', steps: 1, overBudget: { budgetBytes: 1000 } });
      expect(told(over!).result.peak).toEqual((await alone(members[2]!)).result.peak);
      expect(told(ended!).result).toMatchObject({ outcome: 'stopped', steps: 2 });
    });
  });

  it('leaves gradients that the program holds out of what is measured of a trial', async () => {
    const member = { method: findMethod('lora') };
    const { result } = await alone(member);
    const held = tf.ones([1000]);
    const { gradients } = differentiate(new Map([['held', held]]), () => tf.sum(held));
    expect((await alone(member)).result.peak).toEqual(result.peak);
    disposeGradients(gradients);
    held.dispose();
  });

  describe('a prediction', () => {
    // LoRA alone keeps to adapters; a residual kernel, a trained base and a pruned base are copies of the trial's own.
    it.each(['lora', 'pissa', 'full-ft', 'dora', 'prompt-tuning', 'adalora'])(
      'of a pack of four of %s is what four hold between their steps, and what one adds',
      async (name) => {
        const method = findMethod(name);
        const adamw = findOptimizer('adamw');
        const predicted = predictPacked({
          engine: engineName,
          model: base.config,
          method,
          config: method.config.parse(method.usesRank ? { rank: 4 } : {}),
          optimizer: adamw.build(adamw.config.parse({})),
          targets,
          batchSize: 4,
          sequence: tinyData.train.batch([0]).sequence,
          ...headOf(dataFor(method)),
        });
        let between = 0;
        let peak = 0;
        engine.resetPeak();
        const before = engine.liveBytes();
        const onEvent = () => {
          between = Math.max(between, engine.liveBytes() - before);
          peak = Math.max(peak, engine.peakBytes() - before);
        };
        await packed([1, 2, 3, 4].map((seed) => ({ method, seed, more: { onEvent } })));
        const shared = baseParameters(base.config).reduce(
          (sum, { shape }) => sum + 4 * shape.reduce((size, side) => size * side, 1),
          0,
        );
        // Kernels that all of them replace are not on the device: the prediction counts the whole base.
        expect(between).toBeLessThanOrEqual(shared + 4 * predicted.resident);
        expect(between).toBeGreaterThanOrEqual(4 * predicted.resident);
        expect(peak).toBeLessThanOrEqual(1.1 * packBytes([predicted, predicted, predicted, predicted]));
      },
    );
  });

  describe('turns', () => {
    it('go to one that is told to stop before any other', async () => {
      const stop = new AbortController();
      const order: string[] = [];
      const member = (name: string, signal?: AbortSignal) =>
        turns.run(signal, async (turn) => {
          for (let step = 0; step < 3 && !signal?.aborted; step++) {
            order.push(name);
            // The second in line, and nobody has run less than the first.
            if (name === 'a') stop.abort();
            await turn.pass();
          }
          order.push(`${name} ended`);
        });
      await Promise.all([member('a'), member('b'), member('c', stop.signal)]);
      // `c` was stopped before its first step: it is served as soon as `a` passes.
      expect(order.slice(0, 2)).toEqual(['a', 'c ended']);
      expect(order.filter((entry) => entry.endsWith('ended')).toSorted()).toEqual(['a ended', 'b ended', 'c ended']);
    });

    it('pass to others while a training is away, and come back before it goes on', async () => {
      const order: string[] = [];
      let come: () => void = () => undefined;
      const arrival = new Promise<void>((resolve) => {
        come = resolve;
      });
      await Promise.all([
        turns.run(undefined, async (turn) => {
          turn.watch({ left: () => order.push('left'), taken: () => order.push('taken') });
          await turn.away(() => arrival);
          order.push('back');
        }),
        turns.run(undefined, async () => {
          order.push('other');
          come();
          await arrival;
          order.push('other ends');
        }),
      ]);
      expect(order).toEqual(['left', 'other', 'other ends', 'taken', 'back', 'left']);
    });

    it('pass on when a training throws', async () => {
      const thrown = turns.run(undefined, async () => Promise.reject(new Error('its own')));
      const other = turns.run(undefined, async () => 'went on');
      await expect(thrown).rejects.toThrow('its own');
      expect(await other).toBe('went on');
    });
  });
});

it.each([
  ['wasm', 2 ** 40, 3840 * 2 ** 20],
  ['wasm', 1000, 1000],
  ['tensorflow', 2 ** 40, 2 ** 40],
] as const)('a pack on %s may hold of %d bytes of a device %d', (engine, bytes, most) => {
  expect(packRoom(engine, bytes)).toBe(most);
});
