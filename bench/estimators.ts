import { defaultTorchOptions } from '@rankforge/peft';
import type { Bench, Cell } from './bench.js';
import { llamaConfig, placed, publishedRuns } from './published/published.js';
import { configOf, type LitgptRun, litgptRuns, predictAllocated } from './published-litgpt.js';
import { predictReserved } from './published-peak.js';
import { type AskedRun, askEstimators } from './support/estimators.js';

interface Row {
  name: string;
  group: string;
  /** Bytes. */
  measured: number;
  ours: number;
  asked: AskedRun;
}

const bench: Bench = {
  title: 'Memory of published runs by several estimators: the share by which each is off',
  async run() {
    const rows = [...reservedRows(), ...litgptRuns.map(allocatedRow)];
    const theirs = await askEstimators(rows.map(({ asked }) => asked));
    const others = 'absent' in theirs ? [] : theirs;
    const ours = { name: 'rankforge', bytes: rows.map((row) => row.ours) };
    const all = [ours, ...others];
    const off = ({ bytes }: Pick<(typeof all)[number], 'bytes'>, at: number) => {
      const said = bytes[at];
      return said === null || said === undefined ? undefined : said / rows[at]!.measured - 1;
    };
    const groups = [...new Set(rows.map(({ group }) => group))];
    const meanOf = (group: string, estimator: (typeof all)[number]): number | undefined => {
      const shares = rows.flatMap((row, at) => (row.group === group ? (off(estimator, at) ?? []) : []));
      return shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + Math.abs(share), 0) / shares.length;
    };
    const counted = (group: string) => rows.filter((row) => row.group === group).length;
    return {
      columns: ['run', 'measured (GB)', ...all.map(({ name }) => name)],
      rows: [
        ...rows.map(({ name, measured }, at): Cell[] => [
          name,
          (measured / 1e9).toFixed(2),
          ...all.map((estimator) => percent(off(estimator, at))),
        ]),
        ...groups.map((group): Cell[] => [
          `mean of ${group}`,
          `${counted(group)} runs`,
          ...all.map((estimator) => percent(meanOf(group, estimator))),
        ]),
      ],
      notes: [
        'absent' in theirs ? theirs.absent : `${others.map(({ name, version }) => `${name} ${version}`).join(', ')}.`,
        'A dash: the estimator has no option for the run. Means are of sizes without their sign.',
        ...Object.entries(reasons).map(([group, reason]) => `${group}: ${reason}.`),
      ],
      differences: groups.flatMap((group) =>
        others.flatMap((other) => {
          const [own, their] = [meanOf(group, ours)!, meanOf(group, other)];
          if (their === undefined || own <= their || group in reasons) return [];
          return [`${group}: ${other.name} is off by ${percent(their)}, and rankforge by ${percent(own)}`];
        }),
      ),
    };
  },
};
export default bench;

/** Groups in which another may be nearer, with the reason. */
const reasons: Readonly<Record<string, string>> = {
  'LoRA of LitGPT, nf4': 'its bitsandbytes kept the inputs of 4-bit products, which a present one does not',
};

const percent = (share: number | undefined) => (share === undefined ? '–' : `${(100 * share).toFixed(1)} %`);

/** Runs of peft's comparison whose most reserved bytes are known. */
function reservedRows(): Row[] {
  return placed(publishedRuns).flatMap(({ run, own }): Row[] => {
    const { reserved, training, name } = run;
    if (reserved === undefined || training.longest === undefined) return [];
    const { rank } = own.config as { rank?: number };
    // The others know no optimizer but Adam's.
    const method = own.optimizer === 'adamw' ? own.method : `${own.method} by ${own.optimizer}`;
    return [
      {
        name,
        group: groups[method] ?? 'other methods of peft',
        measured: reserved.most,
        ours: predictReserved(run, own, training.longest).reserved,
        asked: {
          ...common,
          ...{ method, dtype: training.dtype, adapters: training.autocastAdapterDtype ? 'float32' : 'model' },
          ...{ config: llamaConfig, batch: training.batchSize, sequence: training.longest },
          ...(method === 'lora' && rank !== undefined ? { rank } : {}),
          ...{ gpu: 'l40s', counts: 'reserved' },
        },
      },
    ];
  });
}

const groups: Readonly<Record<string, string>> = { lora: 'LoRA of peft', 'full-ft': 'all weights' };
const common = { doubleQuantization: defaultTorchOptions.doubleQuantization } as const;

function allocatedRow(run: LitgptRun): Row {
  const { model, method, rank, dtype, batch, sequence } = run;
  return {
    name: `${model}, ${method}, ${dtype}, ${batch} x ${sequence}`,
    group: groups[method === 'lora' ? '' : method] ?? `LoRA of LitGPT, ${dtype}`,
    measured: 1e9 * run.allocated,
    ours: predictAllocated(run).memory.total,
    asked: {
      ...common,
      ...{ method, dtype, adapters: 'model', config: configOf(run), batch, sequence },
      ...(rank === undefined ? {} : { rank }),
      ...{ gpu: 'a100-40', counts: 'allocated' },
    },
  };
}
