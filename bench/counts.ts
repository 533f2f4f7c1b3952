import { baseParameters, countTrainable, findMethod, findOptimizer, readModelConfig } from '@rankforge/peft';
import type { Bench, Cell } from './bench.js';
import { absentNote, llama, type PaperCount, paperCounts, placed, publishedRuns } from './published/published.js';

const different = 'DIFFERENT';

const bench: Bench = {
  title: 'Trainable parameters: ours from shapes alone, and as published',
  async run() {
    const runs = placed(publishedRuns).map(({ run, own }): Cell[] => {
      const { build, config } = findOptimizer(own.optimizer);
      const optimizer = build(config.parse({}));
      const count = countTrainable({ ...own, method: findMethod(own.method), model: llama, optimizer });
      const verdict = count === run.trainableParameters ? 'equal' : different;
      return [run.name, own.method, count, run.trainableParameters, verdict];
    });
    const papers = paperCounts.map((entry): Cell[] => {
      const count = countOf(entry);
      const verdict = rounded(count, entry.stated) === entry.stated ? 'equal as printed' : different;
      return [`${entry.paper}: ${entry.model}`, entry.method, count, entry.stated, verdict];
    });
    return {
      columns: ['published', 'method', 'ours', 'theirs', ''],
      rows: [...runs, ...papers],
      differences: [...runs, ...papers]
        .filter((row) => row.at(-1) === different)
        .map(([published, method, ours, theirs]) => `${published}: ${method} trains ${ours} here, published ${theirs}`),
      notes: ['Runs: huggingface/peft, method_comparison/MetaMathQA/results, meta-llama/Llama-3.2-3B.', absentNote()],
    };
  },
};
export default bench;

function countOf({ method: name, config, layers = [], base }: PaperCount): number {
  const method = findMethod(name);
  const parsed = method.config.parse(config);
  if (base) {
    const parameters = baseParameters(readModelConfig(base)).map((each) => ({ ...each, targeted: true }));
    return parameters.reduce((sum, each) => sum + (method.trainsBase?.(each, parsed) ? sizeOf(each) : 0), 0);
  }
  return layers.reduce((sum, { count, ...shape }) => {
    const tensors = Object.values(method.weight!.tensors({ bias: true, ...shape }, parsed));
    const trained = tensors.filter(({ trained, scope }) => trained && scope === 'layer');
    return sum + count * trained.reduce((total, tensor) => total + sizeOf(tensor), 0);
  }, 0);
}

const sizeOf = ({ shape }: { shape: readonly number[] }): number => shape.reduce((size, side) => size * side, 1);

/** In the unit, and with as many decimals, as the paper prints. */
function rounded(count: number, stated: string): string {
  const [, decimals = '', unit] = /^\d+(?:\.(\d+))?([kM])$/.exec(stated)!;
  return `${(count / (unit === 'k' ? 1e3 : 1e6)).toFixed(decimals.length)}${unit}`;
}
