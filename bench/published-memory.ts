import { findMethod, findOptimizer, predictSteady, type SteadyParts } from '@rankforge/peft';
import type { Bench, Cell } from './bench.js';
import {
  absentNote,
  bytesOf,
  llama,
  type PlacedRun,
  type PublishedRun,
  placed,
  publishedRuns,
} from './published/published.js';

const GB = 1e9;

/** Share by which a prediction may be off before it is a difference; docs/published-tables.md has what is left within it. */
const tolerance = 0.02;

/**
 * torch gives cuBLAS a workspace of :4096:2:16:8 KiB on this card, taken from the allocator that is measured:
 * aten/src/ATen/cuda/CublasHandlePool.cpp, and https://discuss.pytorch.org/t/178671.
 */
const workspace = (2 * 4096 + 8 * 16) * 1024;
/** What the benchmark subtracts: the one segment that its first, tiny layer reserved. `init_accelerator` in its utils.py. */
const reservedBefore = 2 * 2 ** 20;

const runtime = workspace - reservedBefore;

const bench: Bench = {
  title: 'Allocated memory of published runs: ours from shapes alone, and as measured in torch (GB)',
  async run() {
    const differences: string[] = [];
    const rows = placed(publishedRuns).map(({ run, own }): Cell[] => {
      const { weights, adapters, gradients, optimizer, outputs, total } = predict(run, own);
      const off = (100 * (total - run.allocatedBytes)) / run.allocatedBytes;
      if (Math.abs(off) > 100 * tolerance)
        differences.push(`${run.name}: off by ${off.toFixed(2)} %, beyond ${100 * tolerance} %`);
      const bytes = [weights, adapters + gradients + optimizer, outputs, runtime, total, run.allocatedBytes];
      return [run.name, ...bytes.map((part) => (part / GB).toFixed(3)), `${off.toFixed(2)} %`];
    });
    return {
      columns: ['run', 'weights', 'trained', 'outputs', 'runtime', 'predicted', 'measured', 'off by'],
      rows,
      differences,
      notes: [
        'Measured: the mean over all steps of what torch held after the step. The terms: docs/published-tables.md.',
        absentNote(),
      ],
    };
  },
};
export default bench;

function predict({ peft, training }: PublishedRun, own: PlacedRun['own']): SteadyParts {
  const { dtype, autocastAdapterDtype, gradientCheckpointing, batchSize, samples, tokens } = training;
  const baseBytes = bytesOf[dtype]!;
  const schedule = peft as { total_step?: number; tfinal?: number } | null;
  const optimizer = findOptimizer(own.optimizer);
  const parts = predictSteady({
    model: llama,
    method: findMethod(own.method),
    config: own.config,
    targets: own.targets,
    optimizer: optimizer.build(optimizer.config.parse({})),
    batchSize,
    tokens: tokens / samples,
    baseBytes,
    adapterBytes: autocastAdapterDtype ? 4 : baseBytes,
    // peft drops the importance scores once the final ranks stand.
    rankShare: schedule?.total_step ? 1 - (schedule.tfinal ?? 0) / schedule.total_step : 1,
    copiesTrainedBase: peft !== null,
    ...(peft !== null && { inPeft: true }),
    // transformers returns none where it computes the forward pass again.
    keepsKeysAndValues: !gradientCheckpointing,
  });
  return { ...parts, total: parts.total + runtime };
}
