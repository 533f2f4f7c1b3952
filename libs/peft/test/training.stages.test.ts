/** @file Streams of tasks: stages of one open training, scores after each, and measures against numpy (test/oracle/metrics/streams.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromJson, toJson } from '../src/io/json.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { inStages } from '../src/training/drivers/stages.js';
import { type Stage, type StageEvent, type StagesInput, trainInStages } from '../src/training/stages.js';
import { type StreamMeasures, streamMeasures } from '../src/training/stream-measures.js';
import { train } from '../src/training/trainer.js';
import { decisions } from './support/decisions.js';
import { openedBase } from './support/opened-engine.js';
import { tinyClasses, tinyData } from './support/tiny-model.js';

interface Vector {
  cases: ({ scores: number[][]; direction: 'minimize' | 'maximize' } & Partial<StreamMeasures>)[];
}
const { cases } = JSON.parse(readFileSync(new URL('vectors/metrics/streams.json', import.meta.url), 'utf8')) as Vector;

describe('measures of a stream', () => {
  it.each(cases)('are those of numpy for $scores.length tasks, to $direction', ({ scores, direction, ...expected }) => {
    const found = streamMeasures(scores, direction);
    for (const measure of ['last', 'average', 'transfer', 'forgetting'] as const) {
      const wanted = expected[measure];
      if (wanted === undefined) expect(found[measure], measure).toBeUndefined();
      else expect(found[measure], measure).toBeCloseTo(wanted, 12);
    }
  });
});

describe('a driver in stages', () => {
  it('scores every stage after each, keeps between, and ends after the last score', () => {
    const driver = inStages({ steps: [2, 1], checkpointEvery: 1 });
    expect(decisions(driver)).toEqual([
      'step 1',
      'checkpoint 1',
      'step 2',
      'validate 2 of 0',
      'validate 2 of 1',
      'checkpoint 2',
      'step 3',
      'validate 3 of 0',
      'validate 3 of 1',
      'completed',
    ]);
  });

  it('ends over the budget before it scores', () => {
    expect(decisions(inStages({ steps: [1, 1] }), { overAt: 1 })).toEqual(['step 1', 'over-budget']);
  });
});

it('keeps scores that are not finite', () => {
  const kept = { scores: [[{ loss: 710, perplexity: Number.POSITIVE_INFINITY }]] };
  expect(inStages({ steps: [1] }).kept!.parse(fromJson(toJson(kept)))).toEqual(kept);
});

/** The same text read in other orders, and in batches of another size. */
const other = { ...tinyData, train: tinyData.test, validation: tinyData.train };
const stages: Stage[] = [
  { name: 'first', data: tinyData, steps: 3 },
  { name: 'second', data: other, steps: 2, options: { learningRate: 3e-3, schedule: 'linear', batchSize: 2 } },
  { name: 'third', data: tinyData, steps: 2 },
];

describe('a training in stages', () => {
  const on = openedBase();
  const given = (more: Partial<StagesInput> = {}): StagesInput => {
    const adamw = findOptimizer('adamw');
    return {
      engine: on.engine,
      model: on.base,
      method: findMethod('lora'),
      config: { rank: 2 },
      optimizer: adamw.build(adamw.config.parse({})),
      stages,
      options: { batchSize: 4, learningRate: 1e-2, seed: 1, dropout: 0.1 },
      ...more,
    };
  };
  const ofOptimizer = (name: string) => {
    const { build, config } = findOptimizer(name);
    return build(config.parse({}));
  };

  it.each<{ title: string; more: () => Partial<StagesInput> }>([
    { title: 'LoRA and AdamW', more: () => ({}) },
    {
      title: 'gates that close, and momentum',
      more: () => ({ method: findMethod('codyra'), config: { rank: 2 }, optimizer: ofOptimizer('muon') }),
    },
    {
      title: 'a subspace of gradients of all weights',
      more: () => ({ method: findMethod('full-ft'), config: {}, optimizer: ofOptimizer('galore') }),
    },
  ])('is trainings that start from the adapter before them, to the bit: $title', async ({ more }) => {
    const input = given(more());
    const whole = await trainInStages(input);
    const { stages: _, onEvent: __, options, ...rest } = input;
    let start: Uint8Array | undefined;
    for (const [stage, { name, data, steps, options: own }] of stages.entries()) {
      const trained = await train({
        ...rest,
        ...(start && { start }),
        data,
        options: { ...options, ...own, steps },
        draws: name,
      });
      start = trained.adapter!;
      expect(whole.scores[stage]!.on[name]).toEqual(trained.validation);
    }
    expect(whole.adapter).toEqual(start);
    expect(whole.steps).toBe(7);
    const losses = whole.scores.map(({ on }) => stages.map(({ name }) => on[name]!.loss));
    expect(whole.measures!.loss).toEqual(streamMeasures(losses, 'minimize'));
  });

  it('goes on from a checkpoint within a stage, and from a stop, with the same bits and all scores', async () => {
    const events: StageEvent[] = [];
    const options = { ...given().options, checkpointEvery: 2 };
    const whole = await trainInStages(given({ options, onEvent: (event) => void events.push(event) }));
    const kept = events.filter((event) => event.type === 'checkpoint');
    expect(kept.map(({ step }) => step)).toEqual([2, 4, 6]);
    const timeless = ({
      seconds: _,
      stepSeconds: __,
      stepCpuSeconds: ___,
      ...result
    }: Awaited<ReturnType<typeof trainInStages>>) => result;
    for (const { step, bytes } of kept) {
      const later: StageEvent[] = [];
      const resumed = await trainInStages(
        given({ options, resume: bytes, onEvent: (event) => void later.push(event) }),
      );
      expect(timeless(resumed), `from step ${step}`).toEqual(timeless(whole));
      expect(later.filter((event) => event.type === 'checkpoint').map((event) => event.step)).toEqual(
        kept.map((event) => event.step).filter((other) => other > step),
      );
    }
    const stop = new AbortController();
    const stopped = await trainInStages(
      given({
        options,
        signal: stop.signal,
        onEvent(event) {
          if (event.type === 'stage' && event.event.type === 'eval') stop.abort();
        },
      }),
    );
    expect(stopped).toMatchObject({ outcome: 'stopped', steps: 3 });
    expect(stopped.scores.map(({ after, on }) => [after, Object.keys(on)])).toEqual([
      ['first', ['first', 'second', 'third']],
    ]);
    expect(stopped.measures).toBeUndefined();
    const resumed = await trainInStages(given({ options, resume: stopped.checkpoint! }));
    expect(timeless(resumed)).toEqual(timeless(whole));
  });

  it('counts steps from the first stage on, and evaluations under the stage that they read', async () => {
    const told: string[] = [];
    await trainInStages(
      given({
        onEvent(event) {
          if (event.type !== 'stage' || event.event.type === 'first-values') return;
          told.push(`${event.stage} ${event.event.type} ${event.event.step}`);
        },
      }),
    );
    expect(told.slice(0, 8)).toEqual([
      'first step 1',
      'first step 2',
      'first step 3',
      'first eval 3',
      'second eval 3',
      'third eval 3',
      'second step 4',
      'second step 5',
    ]);
  });

  it('says in which stage training diverged', async () => {
    const wild = [stages[0]!, { ...stages[1]!, options: { learningRate: 1e30, clipNorm: null } }];
    await expect(trainInStages(given({ stages: wild }))).rejects.toThrow(/^second: .*step/);
  });

  it.each<{ title: string; more: () => Partial<StagesInput>; says: string }>([
    { title: 'no stage', more: () => ({ stages: [] }), says: 'stages: expected at least one, got none' },
    {
      title: 'a stage without a step',
      more: () => ({ stages: [{ ...stages[0]!, steps: 0 }] }),
      says: 'stages: first has 0 steps',
    },
    {
      title: 'two stages of one name',
      more: () => ({ stages: [stages[0]!, stages[0]!] }),
      says: 'stages: two are called first',
    },
    {
      title: 'stages of two objectives',
      more: () => ({ stages: [stages[0]!, { ...stages[1]!, data: tinyClasses }] }),
      says: 'stages: second is of {"objective":"classification","classes":3}',
    },
    {
      title: 'a method that trains on a smaller base',
      more: () => ({ method: findMethod('loram') }),
      says: 'loram trains on a smaller base',
    },
  ])('refuses $title', async ({ more, says }) => {
    await expect(trainInStages(given(more()))).rejects.toThrow(says);
  });

  it('refuses a checkpoint of other stages', async () => {
    const stop = new AbortController();
    const onEvent = (event: StageEvent) => {
      if (event.type === 'stage' && event.event.type === 'step') stop.abort();
    };
    const { checkpoint } = await trainInStages(given({ signal: stop.signal, onEvent }));
    await expect(trainInStages(given({ stages: stages.slice(1), resume: checkpoint! }))).rejects.toThrow(
      'The checkpoint was taken of another trial',
    );
  });
});
