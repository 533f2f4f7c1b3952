import { mixedTrials, simulate } from '@rankforge/placement';
import type { Bench, Cell } from './bench.js';

const count = 10_000;
const meanSeconds = 120;
const on = { devices: 4, capacityBytes: 76 * 2 ** 30, slots: 16 };
const seeds = [1, 2, 3];
const workloads = [
  { name: 'all at once', arrivals: 0 },
  { name: 'one every 4 s', arrivals: 4 },
  { name: 'one every 3.5 s', arrivals: 3.5 },
];
const policies = [
  { name: 'first fit', patienceMs: Number.POSITIVE_INFINITY },
  { name: 'in order', patienceMs: 0 },
  ...[60, 300, 900, 1800].map((seconds) => ({ name: `patience ${seconds} s`, patienceMs: seconds * 1000 })),
];

const bench: Bench = {
  title: 'Placement of trials on devices, simulated: use of memory, and waits in minutes (means of the seeds)',
  async run() {
    const rows = workloads.flatMap((workload) =>
      policies.map(({ name, patienceMs }): Cell[] => {
        const outcomes = seeds.map((seed) =>
          simulate(mixedTrials({ count, seed, meanSeconds, arrivals: workload.arrivals }), { ...on, patienceMs }),
        );
        const mean = (pick: (outcome: (typeof outcomes)[number]) => number) =>
          outcomes.reduce((sum, outcome) => sum + pick(outcome), 0) / outcomes.length;
        const minutes = (pick: (outcome: (typeof outcomes)[number]) => number) => mean(pick) / 60_000;
        return [
          workload.name,
          name,
          `${(100 * mean(({ utilization }) => utilization)).toFixed(1)} %`,
          mean(({ makespanMs, boundMs }) => makespanMs / boundMs).toFixed(3),
          minutes(({ meanWaitMs }) => meanWaitMs),
          minutes(({ longestWaitMs }) => longestWaitMs),
          minutes(({ longestHeadWaitMs }) => longestHeadWaitMs),
        ];
      }),
    );
    return {
      columns: [
        'trials come',
        'policy',
        'memory in use',
        'end / bound',
        'mean wait',
        'longest wait',
        'longest as head',
      ],
      rows,
      notes: [
        `${count} trials, mean ${meanSeconds} s (exponential, 5 s to ${10 * meanSeconds} s), seeds ${seeds.join(', ')}; classes 1, 4, 16, 32, 64 GiB at 40, 30, 20, 7, 3 %.`,
        `${on.devices} devices of ${on.capacityBytes / 2 ** 30} GiB and ${on.slots} slots. Simulated time: the figures do not depend on the machine.`,
        'Bound: the sum of bytes x time over the bytes of all devices, and not before the last arrival.',
      ],
    };
  },
};
export default bench;
