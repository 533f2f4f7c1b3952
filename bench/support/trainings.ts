import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { enginesFolder } from '@rankforge/cli';
import { CreateSweep } from '@rankforge/contracts';
import {
  type BackendName,
  backendOf,
  type Engine,
  engineNames,
  findMethod,
  findOptimizer,
  type LoadedBase,
  layerNames,
  loadBase,
  type MemoryParts,
  type Method,
  methods,
  openEngine,
  optimizerNames,
  predictMemory,
  presetConfig,
  refusal,
  type TaskData,
  train,
} from '@rankforge/peft';
import { findTask } from '@rankforge/tasks';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** One way to train: a method by AdamW, or one by another optimizer. */
export interface Way {
  name: string;
  method: string;
  optimizer: string;
  config: Record<string, unknown>;
  optimizerConfig: Record<string, unknown>;
}

const rank = 8;

/** A trial on examples as long as the demo's model allows. They leave no space for tokens before them and have no class to learn. */
const trial = (method: Method) => {
  const model = presetConfig('nano', 1024);
  const config = method.config.parse(method.usesRank ? { rank } : {});
  return { model, method, config, targets: ['query'], sequence: model.contextLength };
};
const inDemo = methods.filter((method) => refusal(trial(method)) === undefined);

/** Every method that can be trained in the demo with AdamW, and by every other optimizer full fine-tuning, or LoRA, or the first that suits it. */
export const ways: readonly Way[] = [
  ...inDemo.map((method) => way(method.name, 'adamw')),
  ...optimizerNames.filter((name) => name !== 'adamw').map((optimizer) => way(suiting(optimizer).name, optimizer)),
];

function suiting(optimizer: string): Method {
  const { optimizerConfig } = way('full-ft', optimizer);
  const part = buildOptimizer(optimizer, optimizerConfig);
  const usual = [findMethod('full-ft'), findMethod('lora'), ...inDemo];
  const method = usual.find((each) => refusal({ ...trial(each), optimizer: part }) === undefined);
  if (!method) throw new Error(`no method of the demo can be trained by ${optimizer}`);
  return method;
}

function way(method: string, optimizer: string): Way {
  return {
    name: optimizer === 'adamw' ? method : `${method} by ${optimizer}`,
    method,
    optimizer,
    config: findMethod(method).usesRank ? { rank } : {},
    optimizerConfig: findOptimizer(optimizer).usesRank ? { rank } : {},
  };
}

/** The demo's base, task and batch, in this process. */
export interface Workbench {
  engine: Engine;
  model: LoadedBase;
  /** For the notes of a bench. */
  description: string;
  /** Trains from the start and reports the wall time of every step and the measured peak. */
  train(way: Way, steps: number): Promise<{ stepMs: number[]; peak: MemoryParts }>;
  predict(way: Way): MemoryParts;
}

/** The engine that `RANKFORGE_BENCH_ENGINE` names; default wasm. One that was added is looked for where `up` finds it. */
function chosenEngine(): BackendName {
  const { RANKFORGE_BENCH_ENGINE: name = 'wasm' } = process.env;
  const backends = engineNames.filter((each): each is BackendName => backendOf(each) === each);
  const known = backends.find((each) => each === name);
  if (!known) throw new Error(`RANKFORGE_BENCH_ENGINE is ${name}; the engines are ${backends.join(', ')}`);
  return known;
}

export async function openWorkbench(): Promise<Workbench> {
  const sweep = CreateSweep.parse(JSON.parse(await readFile(join(root, 'examples/01-moby-dick/sweep.json'), 'utf8')));
  const { batchSize = 8, sequenceLength = 64, targets: named = ['query', 'value'] } = sweep.training;
  const engine = await openEngine(chosenEngine(), { enginesFolder: enginesFolder() });
  const model = await loadBase(join(process.env.RANKFORGE_MODELS_DIR ?? join(root, 'models'), sweep.base));
  const targets = layerNames(model.config).filter((name) => named.includes(name));
  const data = await demoData(sweep.task, model, sequenceLength);
  return {
    engine,
    model,
    description: `${sweep.task} on ${sweep.base}, batch ${batchSize} x ${sequenceLength} tokens, rank ${rank}, targets ${targets.join(' and ')}, ${engine.name} (${engine.device}).`,
    async train({ method, optimizer, config, optimizerConfig }, steps) {
      const stepMs: number[] = [];
      const { peak } = await train({
        engine,
        model,
        method: findMethod(method),
        config,
        optimizer: buildOptimizer(optimizer, optimizerConfig),
        data,
        options: { clipNorm: null, steps, batchSize, targets, learningRate: 1e-3, seed: 0 },
        onEvent: (event) => {
          if (event.type === 'step') stepMs.push((batchSize * sequenceLength * 1000) / event.tokensPerSecond);
        },
      });
      return { stepMs, peak };
    },
    predict: ({ method, optimizer, config, optimizerConfig }) =>
      predictMemory({
        model: model.config,
        method: findMethod(method),
        config: findMethod(method).config.parse(config),
        optimizer: buildOptimizer(optimizer, optimizerConfig),
        engine: engine.name,
        targets,
        batchSize,
        sequence: sequenceLength,
      }),
  };
}

function buildOptimizer(name: string, config: Record<string, unknown>) {
  const optimizer = findOptimizer(name);
  return optimizer.build(optimizer.config.parse(config));
}

/** The task's data, with one batch to validate on: a bench reads no score. */
async function demoData(name: string, model: LoadedBase, sequenceLength: number): Promise<TaskData> {
  const task = findTask(name);
  if (!task) throw new Error(`the demo names the task ${name}, which there is not`);
  const tokenizer = new Tokenizer(model.tokenizer as object, {});
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const data = await task.load({ encode, sequenceLength });
  return { ...data, validation: { ...data.validation, size: 1 } };
}
