import type { Bench, Cell } from './bench.js';
import { heldBy, reducedBy, reductions, tables } from './published/pre-training.js';

const G = 1e9;

const bench: Bench = {
  title: 'Memory that papers estimate for pre-training LLaMA in bfloat16, and ours from shapes alone',
  async run() {
    const held = tables.flatMap(({ name, parts, stated }) =>
      Object.entries(stated).flatMap(([way, models]) =>
        Object.entries(models).map(([model, figure]): Cell[] => {
          const bytes = parts.reduce((sum, part) => sum + heldBy(way, model)[part], 0);
          return [name, way, model, ...compared(bytes / G, figure)];
        }),
      ),
    );
    const reduced = reductions.map((reduction): Cell[] => {
      const { name, way, of, model, stated, parts } = reduction;
      const what = parts ? 'weights, gradients and optimizer state' : 'optimizer state';
      return [`${name}: ${what}, less than ${of}`, way, model, ...compared(100 * reducedBy(reduction), stated)];
    });
    return {
      columns: ['published', 'way', 'model', 'ours', 'theirs', ''],
      rows: [...held, ...reduced],
      notes: ['What the differences are: docs/published-tables.md.'],
    };
  },
};
export default bench;

/** Ours with the decimals and the unit of theirs, theirs, and whether they are the same. */
function compared(value: number, stated: string): Cell[] {
  const [, number, decimals = '', unit] = /^(\d+(?:\.(\d+))?)(\D+)$/.exec(stated)!;
  const ours = `${value.toFixed(decimals.length)}${unit}`;
  const off = 100 * (value / Number(number) - 1);
  return [ours, stated, ours === stated ? 'equal as printed' : `${off > 0 ? '+' : ''}${off.toFixed(1)} %`];
}
