import { type Bench, percentile } from './bench.js';
import { openWorkbench, ways } from './support/trainings.js';

const rounds = 3;
const steps = 20;
/** The first steps of a training compile and upload. */
const warmUp = 3;

const bench: Bench = {
  title: 'Step time of each method, relative to LoRA',
  async run() {
    const workbench = await openWorkbench();
    const times = new Map(ways.map(({ name }) => [name, [] as number[]]));
    // In turns, so that what else the machine does falls on all alike.
    for (let round = 0; round < rounds; round++) {
      for (const way of ways) {
        const { stepMs } = await workbench.train(way, steps);
        times.get(way.name)?.push(...stepMs.slice(warmUp));
      }
    }
    const median = (name: string) => percentile(times.get(name) ?? [], 0.5);
    const lora = median('lora');
    return {
      columns: ['method', 'median ms a step', 'relative to lora', '90 % below, ms'],
      rows: ways.map(({ name }) => [name, median(name), median(name) / lora, percentile(times.get(name) ?? [], 0.9)]),
      notes: [
        workbench.description,
        `${rounds} rounds of ${steps} steps in turns, the first ${warmUp} left out; one core.`,
      ],
    };
  },
};
export default bench;
