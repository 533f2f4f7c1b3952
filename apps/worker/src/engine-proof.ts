/**
 * @file A short training on one engine, whose numbers say whether the engine can be trusted: run on two engines, the losses
 * agree. A process has one engine, so this is a program: `node engine-proof.js ENGINE ENGINES_FOLDER` prints an
 * {@link EngineProof} as JSON.
 */
import {
  type BackendName,
  type Batch,
  backendOf,
  createRandom,
  engineNames,
  findMethod,
  findOptimizer,
  initialValues,
  LoadedBase,
  openEngine,
  predictMemory,
  presetConfig,
  type Split,
  type TaskData,
  train,
} from '@rankforge/peft';

export interface EngineProof {
  device: string;
  /** Training loss of every step. */
  losses: number[];
  predictedBytes: number;
  measuredBytes: number;
  /** Median over the steps after the first, which also prepares kernels. */
  stepMs: number;
}

const steps = 12;
const batchSize = 8;
const sequence = 64;
const vocabulary = 512;

/** Random tokens: what is learned does not matter, only that both engines learn the same. */
function randomTokens(size: number, seed: number): Split {
  const random = createRandom(seed);
  const examples = Array.from({ length: size }, () =>
    Int32Array.from({ length: sequence + 1 }, () => random.integer(vocabulary)),
  );
  return {
    size,
    batch(indices): Batch {
      const shifted = (by: number) =>
        Int32Array.from(indices.flatMap((index) => [...examples[index]!.subarray(by, by + sequence)]));
      const lengths = new Int32Array(indices.length).fill(sequence);
      return { size: indices.length, sequence, inputs: shifted(0), targets: shifted(1), lengths };
    },
  };
}

async function prove(name: string, enginesFolder: string): Promise<EngineProof> {
  const backends = engineNames.filter((each): each is BackendName => backendOf(each) === each);
  const known = backends.find((each) => each === name);
  if (!known) throw new Error(`there is no engine ${name} of this library; there are ${backends.join(', ')}`);
  const engine = await openEngine(known, { enginesFolder });
  const config = presetConfig('small', vocabulary);
  const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
  const data: TaskData = {
    objective: 'language-modelling',
    train: randomTokens(32, 2),
    validation: randomTokens(8, 3),
    test: randomTokens(8, 4),
  };
  const method = findMethod('lora');
  const adamw = findOptimizer('adamw');
  const optimizer = adamw.build(adamw.config.parse({}));
  const targets = ['query', 'value'];
  const losses: number[] = [];
  const stepMs: number[] = [];
  const { peak } = await train({
    engine,
    model,
    method,
    config: { rank: 8 },
    optimizer,
    data,
    options: { steps, batchSize, targets, learningRate: 1e-3, seed: 0 },
    onEvent(event) {
      if (event.type !== 'step') return;
      losses.push(event.loss);
      stepMs.push((batchSize * sequence * 1000) / event.tokensPerSecond);
    },
  });
  const predicted = predictMemory({
    model: config,
    method,
    config: method.config.parse({ rank: 8 }),
    optimizer,
    engine: known,
    accelerator: engine.capabilities.accelerator,
    targets,
    batchSize,
    sequence,
  });
  const sorted = stepMs.slice(1).sort((a, b) => a - b);
  return {
    device: engine.device,
    losses,
    predictedBytes: predicted.total,
    measuredBytes: peak.total,
    stepMs: sorted[Math.floor(sorted.length / 2)]!,
  };
}

const [name, folder] = process.argv.slice(2);
if (!name || !folder) throw new Error('usage: engine-proof.js ENGINE ENGINES_FOLDER');
console.log(JSON.stringify(await prove(name, folder)));
