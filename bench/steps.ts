import { type Bench, percentile } from './bench.js';
import { openWorkbench, type Way, ways } from './support/trainings.js';

const rounds = 5;
const steps = 15;
/** The first steps of a training compile and upload. */
const warmUp = 3;

const bench: Bench = {
  title: 'Step time of each method, relative to LoRA',
  async run() {
    const workbench = await openWorkbench();
    const lora = ways.find(({ name }) => name === 'lora') as Way;
    const medianMs = async (way: Way) => percentile((await workbench.train(way, steps)).stepMs.slice(warmUp), 0.5);
    const rounded = new Map(ways.map(({ name }) => [name, [] as { ms: number; ratio: number }[]]));
    // LoRA runs right before each: what else the machine does falls on both.
    for (let round = 0; round < rounds; round++) {
      for (const way of ways) {
        const beside = await medianMs(lora);
        const ms = await medianMs(way);
        rounded.get(way.name)?.push({ ms, ratio: ms / beside });
      }
    }
    return {
      columns: ['method', 'ms a step', 'relative to lora', 'lowest', 'highest'],
      rows: ways.map(({ name }) => {
        const runs = rounded.get(name) ?? [];
        const ratios = runs.map(({ ratio }) => ratio);
        const ms = runs.map((run) => run.ms);
        return [name, percentile(ms, 0.5), percentile(ratios, 0.5), Math.min(...ratios), Math.max(...ratios)];
      }),
      notes: [
        workbench.description,
        `Medians of ${rounds} rounds; a round is the median of ${steps - warmUp} steps after ${warmUp} to warm up, beside as many of LoRA.`,
      ],
    };
  },
};
export default bench;
