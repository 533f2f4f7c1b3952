import type { Engine } from '../../src/engine/engine.js';
import { readSafetensors } from '../../src/io/safetensors.js';
import type { HostTensor } from '../../src/method.js';
import type { LoadedBase } from '../../src/models/base.js';
import { findMethod, findOptimizer } from '../../src/registry.js';
import { readAdapter } from '../../src/training/adapter.js';
import type { StepEvent, TrainEvent } from '../../src/training/events.js';
import type { Initial } from '../../src/training/plan-options.js';
import { train } from '../../src/training/trainer.js';
import { targets, tinyData } from './tiny-model.js';

interface TinyRun {
  engine: Engine;
  base: LoadedBase;
  method: string;
  config: object;
  /** Default: AdamW with its defaults. */
  optimizer?: { name: string; config: object };
  options: { steps: number; learningRate: number; [option: string]: unknown };
  initial?: Initial;
  onEvent?: (event: TrainEvent) => void;
}

/** What a training of the tiny model left: its steps, and the adapter tensors after every step and at the end. */
export async function trainTiny({ engine, base, method, config, optimizer, options, initial, onEvent }: TinyRun) {
  const steps: StepEvent[] = [];
  const tensors: ReadonlyMap<string, HostTensor>[] = [];
  const { name, config: optimizerConfig } = optimizer ?? { name: 'adamw', config: {} };
  const chosen = findOptimizer(name);
  const result = await train({
    engine,
    model: base,
    method: findMethod(method),
    config,
    optimizer: chosen.build(chosen.config.parse(optimizerConfig)),
    data: tinyData,
    ...(initial && { initial }),
    options: { clipNorm: null, batchSize: 4, targets, seed: 5, schedule: 'constant', checkpointEvery: 1, ...options },
    onEvent(event) {
      onEvent?.(event);
      if (event.type === 'step') steps.push(event);
      if (event.type === 'checkpoint') tensors.push(checkpointTensors(event.bytes));
    },
  });
  const adapter = readAdapter(result.adapter!);
  tensors.push(adapter.tensors);
  return { result, steps, tensors, adapter };
}

/** The adapter tensors of a checkpoint, by path. */
function checkpointTensors(bytes: Uint8Array): ReadonlyMap<string, HostTensor> {
  const section = 'tensors:';
  const { tensors } = readSafetensors(bytes, 'checkpoint');
  return new Map(
    [...tensors].flatMap(([name, value]) =>
      name.startsWith(section) ? [[name.slice(section.length), value] as const] : [],
    ),
  );
}
