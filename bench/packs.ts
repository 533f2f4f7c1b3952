import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MIB } from '@rankforge/contracts';
import { childEnvironment, type Executor, type RunOutcome, residentBytes, TrainerPool } from '@rankforge/worker';
import { type Bench, type Cell, percentile } from './bench.js';
import { type PackBase, packBase, packOrder, peakOnDevice } from './support/pack-trials.js';
import { packsPicture } from './support/packs-picture.js';
import { writePicture } from './support/picture.js';

const counts = [1, 2, 4, 8];
const rounds = 1;
/** Linux counts processor time in hundredths of a second. */
const ticksASecond = 100;
const everyMs = 50;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Trials that begin at once: processor time of all their processes, from start to the last end, and the most memory. */
interface Measured {
  seconds: number;
  hostBytes: number;
}

const bench: Bench = {
  title: 'n trials packed into one process, and in a process each: trials an hour of one core, and memory',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'rankforge-bench-packs-'));
    const modelsDir = join(folder, 'models');
    try {
      const base = await packBase({ modelsDir, artifactDir: join(folder, 'artifacts') });
      const rows = [];
      for (const count of counts) {
        const runs = { packed: [] as Measured[], separate: [] as Measured[] };
        for (let round = 0; round < rounds; round++) {
          // Who comes first changes from round to round: what else the machine does falls on both.
          const ways = ['separate', 'packed'] as const;
          for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
            runs[way].push(await measure(folder, { base, count, packed: way === 'packed' }));
          }
        }
        rows.push({ count, ...runs, device: await peakOnDevice(modelsDir, base, count) });
      }
      const points = rows.map(({ count, packed, separate, device }) => ({
        count,
        trialsAnHour: { packed: perHour(count, packed), separate: perHour(count, separate) },
        hostMiB: { packed: hostMiB(packed), separate: hostMiB(separate) },
        deviceMiB: { packed: device.packed / MIB, separate: device.separate / MIB },
      }));
      const picture = await writePicture('packs.svg', packsPicture(points));
      return {
        columns: [
          'trials',
          'a core-hour, apart',
          'a core-hour, packed',
          'packed / apart',
          'host MiB, apart',
          'host MiB, packed',
          'device MiB, apart',
          'device MiB, packed',
        ],
        rows: rows.map(({ count, packed, separate }, index): Cell[] => {
          const { trialsAnHour, hostMiB, deviceMiB } = points[index]!;
          const ratios = packed.map(({ seconds }, round) => separate[round]!.seconds / seconds);
          return [
            count,
            trialsAnHour.separate,
            trialsAnHour.packed,
            percentile(ratios, 0.5),
            hostMiB.separate,
            hostMiB.packed,
            deviceMiB.separate,
            deviceMiB.packed,
          ];
        }),
        notes: [
          `${base.description}.`,
          `${rounds === 1 ? 'One round' : `Medians of ${rounds} rounds`}. Processor time is counted, of all threads and with the start of the processes, base, data and validation: what else the machine does changes it little.`,
          'Host: anonymous resident memory of all training processes, the most of samples 50 ms apart. Device: tensors that the engine holds at its peak; apart it is the sum of n peaks.',
          picture,
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
export default bench;

const perHour = (count: number, runs: readonly Measured[]) =>
  (3600 * count) /
  percentile(
    runs.map(({ seconds }) => seconds),
    0.5,
  );
const hostMiB = (runs: readonly Measured[]) =>
  percentile(
    runs.map(({ hostBytes }) => hostBytes),
    0.5,
  ) / MIB;

async function measure(
  folder: string,
  { base, count, packed }: { base: PackBase; count: number; packed: boolean },
): Promise<Measured> {
  const pool = new TrainerPool({
    script: join(root, 'apps/worker/dist/trainer/child.bundle.js'),
    env: childEnvironment({
      artifactDir: join(folder, 'artifacts'),
      modelsDir: join(folder, 'models'),
      calibrations: { folder: join(folder, 'calibrations'), mostBytes: 0 },
    }),
    stopWithinMs: 30_000,
  });
  const place = packed ? pool.share() : undefined;
  const running = new AbortController();
  const watched = watch(pool, running.signal);
  const executions = await Promise.all(
    Array.from({ length: count }, (_, seed) => trained(place ?? pool, packOrder(base, seed))),
  );
  const seconds = await processorSeconds(pool.pids);
  running.abort();
  place?.close();
  const hostBytes = await watched;
  await pool.close();
  const bad = executions.find(({ kind }) => kind !== 'succeeded');
  if (bad) throw new Error(`a trial of the bench ended as ${JSON.stringify(bad)}`);
  return { seconds, hostBytes };
}

function trained(executor: Executor, order: Parameters<Executor['run']>[0]): Promise<RunOutcome> {
  const ignored = () => undefined;
  const reports = {
    resumed: ignored,
    progress: ignored,
    checkpoint: ignored,
    log: ignored,
    forAdministrators: ignored,
  };
  return executor.run(order, reports, new AbortController().signal);
}

async function watch(pool: TrainerPool, signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    const texts = await Promise.all(pool.pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')));
    most = Math.max(
      most,
      texts.reduce((sum, text) => sum + residentBytes(text), 0),
    );
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
  return most;
}

/** User and system time of processes that live, from /proc/<pid>/stat. */
async function processorSeconds(pids: readonly number[]): Promise<number> {
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8')));
  const ticks = texts.map((text) => {
    // Fields 14 and 15, counted behind the name, which may hold spaces.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, count) => sum + count, 0) / ticksASecond;
}
