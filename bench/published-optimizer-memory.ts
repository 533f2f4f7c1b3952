import type { Bench, Cell } from './bench.js';
import { heldBy, reducedBy, reductions, tables } from './published/pre-training.js';

const G = 1e9;

const bench: Bench = {
  title: 'Memory that papers estimate for pre-training LLaMA in bfloat16, and ours from shapes alone',
  async run() {
    const held = tables.flatMap(({ name, parts, stated, explained }) =>
      Object.entries(stated).flatMap(([way, models]) =>
        Object.entries(models).map(([model, figure]): Cell[] => {
          const bytes = parts.reduce((sum, part) => sum + heldBy(way, model)[part], 0);
          return [name, way, model, ...compared(bytes / G, figure, explained?.[way]?.[model])];
        }),
      ),
    );
    const reduced = reductions.map((reduction): Cell[] => {
      const { name, way, of, model, stated, explained, parts } = reduction;
      const what = parts ? 'weights, gradients and optimizer state' : 'optimizer state';
      return [
        `${name}: ${what}, less than ${of}`,
        way,
        model,
        ...compared(100 * reducedBy(reduction), stated, explained),
      ];
    });
    return {
      columns: ['published', 'way', 'model', 'ours', 'theirs', ''],
      rows: [...held, ...reduced],
      differences: [...held, ...reduced]
        .filter((row) => String(row.at(-1)).includes(unexplained))
        .map(
          ([published, way, model, ours, theirs]) =>
            `${published}, ${way} of ${model}: ${ours} here, published ${theirs}`,
        ),
      notes: ['The reasons for the differences: docs/published-tables.md.'],
    };
  },
};
export default bench;

const unexplained = 'without a reason on record';

/** Ours with the decimals and the unit of theirs, theirs, and whether they are the same or differ for a known reason. */
function compared(value: number, stated: string, explained: string | undefined): Cell[] {
  const [, number, decimals = '', unit] = /^(\d+(?:\.(\d+))?)(\D+)$/.exec(stated)!;
  const ours = `${value.toFixed(decimals.length)}${unit}`;
  if (ours === stated) return [ours, stated, 'equal as printed'];
  const off = 100 * (value / Number(number) - 1);
  const share = `${off > 0 ? '+' : ''}${off.toFixed(1)} %`;
  return [ours, stated, ours === explained ? share : `${share}, ${unexplained}`];
}
