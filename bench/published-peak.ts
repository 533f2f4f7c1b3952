import { defaultTorchOptions, findMethod, findOptimizer, predictTorch, type TorchMemory } from '@rankforge/peft';
import type { Bench, Cell } from './bench.js';
import { type Bounded, boundsNote, within } from './published/bounds.js';
import { absentNote, llama, type PlacedRun, type PublishedRun, placed, publishedRuns } from './published/published.js';

const GB = 1e9;

/** Share by which the most that was reserved may be off before it is a difference: docs/estimates.md explains what is left within it. */
const tolerance = 0.1;

const bench: Bench = {
  title:
    'Reserved memory of published runs at their longest batch: ours from shapes alone, and as measured in torch (GB)',
  async run() {
    const differences: string[] = [];
    const bounded: Bounded[] = [];
    const rows = placed(publishedRuns).flatMap(({ run, own }): Cell[][] => {
      if (run.reserved === undefined || run.training.longest === undefined) return [];
      const { memory, reserved, moment, intervals } = predictReserved(run, own, run.training.longest);
      bounded.push({ of: intervals.reserved, predicted: reserved, measured: run.reserved.most });
      const off = (100 * (reserved - run.reserved.most)) / run.reserved.most;
      if (Math.abs(off) > 100 * tolerance)
        differences.push(`${run.name}: off by ${off.toFixed(1)} %, beyond ${100 * tolerance} %`);
      const held = memory.weights + memory.adapters + memory.gradients + memory.optimizer;
      const bytes = [held, memory.activations, memory.workspace, memory.total, reserved, run.reserved.most];
      return [
        [
          run.name,
          ...bytes.map((part) => (part / GB).toFixed(2)),
          `${off.toFixed(1)} %`,
          within(bounded.at(-1)!),
          moment,
        ],
      ];
    });
    return {
      columns: [
        'run',
        'held',
        'activations',
        'workspace',
        'allocated',
        'reserved',
        'measured',
        'off by',
        'within',
        'at the',
      ],
      rows,
      differences,
      notes: [
        'Measured: the most that was reserved after a step. Predicted: a batch of the longest examples that are taken.',
        boundsNote(bounded),
        absentNote(),
      ],
    };
  },
};
export default bench;

/** The bytes of a run at batches of its longest examples. */
export function predictReserved({ training }: PublishedRun, own: PlacedRun['own'], sequence: number): TorchMemory {
  const { dtype, autocastAdapterDtype, gradientCheckpointing, mixedPrecision, batchSize } = training;
  const optimizer = findOptimizer(own.optimizer);
  return predictTorch({
    model: llama,
    method: findMethod(own.method),
    config: own.config,
    targets: own.targets,
    optimizer: optimizer.build(optimizer.config.parse({})),
    batchSize,
    sequence,
    dropout: own.dropout,
    options: {
      ...defaultTorchOptions,
      dtype: dtype as typeof defaultTorchOptions.dtype,
      adapters: autocastAdapterDtype ? 'float32' : 'model',
      autocast: mixedPrecision,
      checkpointing: gradientCheckpointing ? 'block' : 'none',
      // Examples are padded to the longest of their batch; all but full fine-tuning go through peft.
      padded: true,
    },
  });
}
