/**
 * @file A short training by a runner and on wasm, whose numbers say whether the runner can be trusted:
 * `node runner-proof.js SOURCES PYTHON MODULE [CARD]` prints `able` and `proof` of an `AddedRunner` as JSON. CARD is the UUID of the card that the
 * runner computes on; omitted: the cores.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AddedRunner, median, RunnerAbilities } from '@rankforge/contracts';
import {
  createRandom,
  evaluate,
  exportBase,
  findMethod,
  findOptimizer,
  fromRows,
  initialValues,
  LoadedBase,
  leftByRunner,
  openEngine,
  orderFor,
  scoresOfRead,
  train,
} from '@rankforge/peft';
import { RunnerProcess } from './trainer/runner/runner-process.js';
import { Workplace } from './trainer/runner/workplace.js';
import { writtenOrder } from './trainer/runner/written-order.js';

const steps = 12;
const batchSize = 8;
const vocabularySize = 512;
const sequence = 32;

const random = createRandom(2);
const row = () => {
  const tokens = Array.from({ length: 3 + random.integer(sequence - 4) }, () => 3 + random.integer(vocabularySize - 3));
  return { text: tokens, label: tokens[0]! % 2 === 0 ? 'even' : 'odd' };
};
const rows = (count: number) => Array.from({ length: count }, row);

async function prove(
  sources: string,
  python: string,
  module: string,
  card: string | undefined,
): Promise<Pick<AddedRunner, 'able' | 'proof'>> {
  const engine = await openEngine('wasm');
  const config = {
    architecture: 'bert' as const,
    vocabularySize,
    contextLength: 2 * sequence,
    types: 1,
    width: 128,
    layers: 4,
    heads: 4,
    mlpWidth: 256,
    normEpsilon: 1e-12,
    pooler: true,
  };
  const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: {} });
  const tokenizer = { frame: { before: [1], after: [2] }, encode: () => [], decode: () => '' };
  const data = fromRows(model, {
    objective: 'classification',
    train: rows(64),
    validation: rows(16),
    sequenceLength: sequence,
    tokenizer,
  });
  const method = findMethod('lora');
  const adamw = findOptimizer('adamw');
  const optimizer = adamw.build(adamw.config.parse({}));
  const options = { steps, batchSize, targets: ['query', 'value'], learningRate: 1e-3, seed: 0 };
  const input = { engine, model, method, config: { rank: 8 }, optimizer, data, options };
  const wasm = { losses: [] as number[], stepMs: [] as number[] };
  let began = performance.now();
  await train({
    ...input,
    onEvent(event) {
      if (event.type !== 'step') return;
      wasm.losses.push(event.loss);
      wasm.stepMs.push(performance.now() - began);
      began = performance.now();
    },
  });
  const ordered = await orderFor(input);
  const workplace = await Workplace.open();
  const runner = new RunnerProcess(
    {
      command: python,
      args: ['-m', module],
      env: { ...process.env, PYTHONPATH: sources, PYTHONDONTWRITEBYTECODE: '1' },
    },
    (line) => console.error(line),
  );
  try {
    const losses: number[] = [];
    const stepMs: number[] = [];
    let scored = Number.NaN;
    const ready = await runner.greeting();
    const ended = await runner.run(
      'proof',
      await writtenOrder(ordered, workplace, {
        base: {
          path: await workplace.writeFolder('base', exportBase(model)),
          ...{ sha256: '0'.repeat(64), dtype: 'float32', attention: 'sdpa', checkpointing: false },
        },
        ...{ steps, microBatch: batchSize, seed: 0, threads: 1 },
        ...(card !== undefined && { on: { kind: 'cuda', uuid: card } }),
      }),
      async (line) => {
        if (line.type === 'progress') {
          losses.push(line.loss);
          stepMs.push(line.seconds * 1000);
        }
        if (line.type === 'evaluated') {
          scored = scoresOfRead(data, data.validation, await workplace.read(line.file)).metrics.loss;
        }
      },
    );
    if (ended.outcome !== 'completed' || !ended.adapter)
      throw new Error(`it ended as ${ended.outcome}: ${ended.reason}`);
    const adapter = leftByRunner(config, ordered.first, {
      config: JSON.parse(await readFile(join(ended.adapter, 'adapter_config.json'), 'utf8')),
      weights: await readFile(join(ended.adapter, 'adapter_model.safetensors')),
    });
    const { metrics } = await evaluate({ model, method, adapter, data, split: 'validation' });
    const differences = wasm.losses.map((loss, step) => Math.abs((losses[step] ?? Number.NaN) - loss) / Math.abs(loss));
    const proof = {
      device: `torch ${ready.releases.torch}`,
      firstLossDifference: differences[0]!,
      lossDifference: Math.max(...differences),
      scoreDifference: Math.abs(metrics.loss - scored) / Math.abs(metrics.loss),
      // The first steps are metered, and prepare kernels.
      stepMs: median(stepMs.slice(2)),
      wasmStepMs: median(wasm.stepMs.slice(1)),
    };
    return { able: RunnerAbilities.parse(ready), proof };
  } finally {
    runner.end();
    await workplace.close();
  }
}

const [sources, python, module, card] = process.argv.slice(2);
if (!sources || !python || !module) throw new Error('usage: runner-proof.js SOURCES PYTHON MODULE [CARD]');
console.log(JSON.stringify(await prove(sources, python, module, card)));
