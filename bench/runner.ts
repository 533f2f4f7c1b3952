import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Bench, type Cell, percentile } from './bench.js';
import { askedCount } from './support/asked.js';
import { absent, modelsFolder, python } from './support/torch.js';

const script = fileURLToPath(new URL('../engines/runner_overhead.py', import.meta.url));
const package_ = fileURLToPath(new URL('../../runners/torch/src', import.meta.url));

/** Texts and tokens of each; small steps show the most of what does not compute. */
const shapes = [
  [8, 32],
  [16, 64],
] as const;
const [turns, stepsOfTurn] = [12, 10];
/** The meter counts in the first two steps; the turns around them warm up. */
const warmUp = 2 * stepsOfTurn;
const threads = askedCount('RANKFORGE_BENCH_THREADS', { usual: 1 });

interface Measured {
  runner: number[];
  bare: number[];
  lossDifference: number;
}

const bench: Bench = {
  title: 'A step by the runner of torch, beside a loop of torch and peft alone',
  async run() {
    const missing = (await Promise.all([absent('torch'), absent('minilm')])).filter((why) => why !== undefined);
    const columns = [
      'texts',
      'tokens',
      'threads',
      'runner ms',
      'loop ms',
      'of the loop',
      'counting step ms',
      'losses off by',
    ];
    if (missing.length > 0) return { columns, rows: [], notes: missing };
    const rows: Cell[][] = [];
    for (const [batch, sequence] of shapes) rows.push(await row(batch, sequence));
    return {
      columns,
      rows,
      notes: [
        `LoRA of rank 8 on queries and values of MiniLM; medians of ${(turns - 2) * stepsOfTurn} steps in turns of ${stepsOfTurn}, in one process.`,
        "The first two steps after a start count the bytes of tensors, and take longer: of them the slower one's time.",
      ],
    };
  },
};
export default bench;

async function row(batch: number, sequence: number): Promise<Cell[]> {
  const order = { folder: join(modelsFolder, 'minilm-l6'), batch, sequence, turns, stepsOfTurn, threads };
  const { stdout } = await execa(python, [script, JSON.stringify(order)], {
    env: { PYTHONPATH: package_, HF_HUB_OFFLINE: '1', PYTHONDONTWRITEBYTECODE: '1' },
    stderr: 'ignore',
  });
  const { runner, bare, lossDifference } = JSON.parse(stdout) as Measured;
  const [mine, loop] = [runner, bare].map((times) => percentile(times.slice(warmUp), 0.5)) as [number, number];
  const counting = Math.max(...runner.slice(0, 2));
  return [
    batch,
    sequence,
    threads,
    mine,
    loop,
    `${(mine / loop).toFixed(3)} ×`,
    counting,
    lossDifference.toExponential(1),
  ];
}
