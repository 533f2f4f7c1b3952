import { MIB } from '@rankforge/contracts';
import type { Bench } from './bench.js';
import { mostResident } from './support/resident.js';
import { openWorkbench, ways } from './support/trainings.js';

const steps = 3;

const bench: Bench = {
  title: 'Peak of a training step, predicted from shapes alone and measured by the engine',
  async run() {
    const workbench = await openWorkbench();
    const atStart = process.memoryUsage.rss() / MIB;
    const rows: [string, number, number, number, string, string][] = [];
    for (const way of ways) {
      const predicted = workbench.predict(way);
      const { peak } = await workbench.train(way, steps);
      const off = predicted.total - peak.total;
      const { total: _, ...parts } = peak;
      const [largest] = Object.entries(parts).sort(([, a], [, b]) => b - a);
      const share = `${((100 * off) / peak.total).toFixed(2)} %`;
      rows.push([way.name, predicted.total / MIB, peak.total / MIB, off, share, largest?.[0] ?? '']);
    }
    return {
      columns: ['method', 'predicted MiB', 'measured MiB', 'off by bytes', 'off by', 'largest part'],
      rows,
      notes: [workbench.description, await resident(atStart, Math.max(...rows.map(([, , measured]) => measured)))],
    };
  },
};
export default bench;

/** What the process took beyond its tensors: the library's own pools and code, and the heap of JavaScript. */
async function resident(atStartMib: number, tensorsMib: number): Promise<string> {
  const bytes = await mostResident();
  const most = bytes === undefined ? 'an unknown amount (no /proc)' : `${(bytes / MIB).toFixed(0)} MiB`;
  return `The process held ${atStartMib.toFixed(0)} MiB with engine and base open, and ${most} at its most; the largest peak of tensors was ${tensorsMib.toFixed(0)} MiB.`;
}
