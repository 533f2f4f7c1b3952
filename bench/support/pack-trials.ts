/** @file The trials of the bench of packs: LoRA on an untrained base that is larger than what a trial adds to it. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArtifactStore } from '@rankforge/db';
import {
  type Batch,
  createRandom,
  findMethod,
  findOptimizer,
  initialValues,
  layerNames,
  loadBase,
  openEngine,
  type PredictInput,
  predictMemory,
  presetConfig,
  saveBase,
  type TaskData,
  Turns,
  train,
} from '@rankforge/peft';
import type { Order } from '@rankforge/worker';

const name = 'packs';
const preset = 'micro';
/** Size of nano-sotu's tokenizer. */
const vocabularySize = 1024;
const sequenceLength = 32;
const steps = 20;
const [batchSize, rank, learningRate] = [8, 8, 0.01];
const targets = ['query', 'value'];
const nano = fileURLToPath(new URL('../../../models/nano-sotu/', import.meta.url));
const tokenizerFile = join(nano, 'tokenizer.json');
/** Few to validate on: a bench reads no score. */
const passages = { train: 48, validation: 4, test: 4 };

export interface PackBase {
  name: string;
  /** sha256 of the data in the artifact store. */
  dataset: string;
  /** For the notes of a bench. */
  description: string;
}

export async function packBase({
  modelsDir,
  artifactDir,
}: {
  modelsDir: string;
  artifactDir: string;
}): Promise<PackBase> {
  const tokenizer: unknown = JSON.parse(await readFile(tokenizerFile, 'utf8'));
  const config = presetConfig(preset, vocabularySize);
  const folder = join(modelsDir, name);
  await mkdir(folder, { recursive: true });
  await saveBase(folder, { config, values: initialValues(config, createRandom(1)), tokenizer });
  const shape = `${config.layers} layers of width ${config.width}`;
  return {
    name,
    dataset: await fewPassages(new ArtifactStore(artifactDir)),
    description: `LoRA of rank ${rank} on ${shape}, ${passages.train} passages of the State of the Union, ${steps} steps of ${batchSize} x ${sequenceLength} tokens, wasm`,
  };
}

/** The first passages that come with nano-sotu, in splits. Returns the checksum of the data set. */
async function fewPassages(store: ArtifactStore): Promise<string> {
  const [head, ...lines] = (await readFile(join(nano, 'held-back.jsonl'), 'utf8')).trim().split('\n');
  const splits = Object.entries(passages).flatMap(([split, count]) => Array.from({ length: count }, () => split));
  const examples = splits.map((split, index) => JSON.stringify({ ...JSON.parse(lines[index]!), split }));
  await store.prepare();
  const { sha256 } = await store.put(Buffer.from(`${[head, ...examples].join('\n')}\n`));
  return sha256;
}

const method = findMethod('lora');
const adamw = findOptimizer('adamw');

export function packOrder(base: PackBase, seed: number): Order {
  return {
    trialId: `trial-${seed}`,
    kind: 'train',
    budgetBytes: Number.MAX_SAFE_INTEGER,
    predicted: predictMemory(shapeOf(presetConfig(preset, vocabularySize))),
    checkpoints: [],
    spec: {
      task: 'dataset:passages',
      dataset: base.dataset,
      base: base.name,
      engine: 'wasm',
      method: method.name,
      methodConfig: { rank },
      optimizer: adamw.name,
      optimizerConfig: {},
      rank,
      learningRate,
      seed,
      training: {
        steps,
        batchSize,
        sequenceLength,
        accumulate: 1,
        schedule: 'cosine',
        warmupSteps: 0,
        clipNorm: 1,
        dropout: 0,
        checkpointEvery: steps,
        targets,
      },
    },
  };
}

const shapeOf = (model: PredictInput['model']): PredictInput => ({
  model,
  method,
  config: method.config.parse({ rank }),
  optimizer: optimizer(),
  targets,
  batchSize,
  sequence: sequenceLength,
});

const optimizer = () => adamw.build(adamw.config.parse({}));

/** Bytes that the engine holds at its peak: of trials packed into this process, and the sum of as many by themselves. */
export async function peakOnDevice(
  modelsDir: string,
  base: PackBase,
  count: number,
): Promise<{ packed: number; separate: number }> {
  const engine = await openEngine('wasm');
  const model = await loadBase(join(modelsDir, base.name));
  const data = anyTokens(vocabularySize);
  const run = (seed: number, turns: Turns) =>
    turns.run(undefined, (turn) =>
      train({
        engine,
        model,
        method,
        config: { rank },
        optimizer: optimizer(),
        data,
        options: {
          clipNorm: null,
          steps: 2,
          batchSize,
          learningRate,
          seed,
          targets: layerNames(model.config).filter((layer) => targets.includes(layer)),
        },
        turn,
        onEvent: () => {
          most = Math.max(most, engine.peakBytes() - before);
        },
      }),
    );
  let most = 0;
  const before = engine.liveBytes();
  const turns = new Turns();
  await Promise.all(Array.from({ length: count }, (_, seed) => run(seed, turns)));
  const packed = most;
  const { peak } = await run(0, new Turns());
  model.dispose();
  return { packed, separate: count * peak.total };
}

/** Tokens by chance: what a step holds does not depend on them. */
function anyTokens(vocabulary: number): TaskData {
  const random = createRandom(2);
  const tokens = (count: number) => Int32Array.from({ length: count }, () => random.integer(vocabulary));
  const split = (size: number) => ({
    size,
    batch: (indices: readonly number[]): Batch => ({
      size: indices.length,
      sequence: sequenceLength,
      inputs: tokens(indices.length * sequenceLength),
      targets: tokens(indices.length * sequenceLength),
      lengths: new Int32Array(indices.length).fill(sequenceLength),
    }),
  });
  return { objective: 'language-modelling', train: split(64), validation: split(1), test: split(1) };
}
