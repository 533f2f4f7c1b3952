/** @file Gathers scores of the units of a split, of one batch after another. */
import type { TaskData } from '../data/task-data.js';
import type { Batch } from '../objectives/data.js';
import { findObjective } from '../objectives/registry.js';
import { RelevantPlaces } from './kept-places.js';
import type { UnitScores } from './metrics.js';

export class GatheredScores {
  private readonly columns: Record<string, Float64Array> = {};
  private readonly places: RelevantPlaces | undefined;

  /**
   * @param size units of the split
   * @param places keeps the places of their relevant rows: each unit is put in order once more for it
   */
  constructor(
    private readonly data: TaskData,
    private readonly size: number,
    { places = false }: { places?: boolean | undefined } = {},
  ) {
    if (places && findObjective(data.objective).places) this.places = new RelevantPlaces();
  }

  /**
   * Scores the units of a batch, which follow those before.
   *
   * @param start place of the first in the split
   * @param read what the objective scores, on the host
   */
  add(start: number, read: Float32Array, batch: Batch): void {
    const objective = findObjective(this.data.objective);
    for (const [name, values] of Object.entries(objective.score(read, batch, this.data))) {
      this.columns[name] ??= new Float64Array(this.size);
      this.columns[name].set(values, start);
    }
    this.places?.add(objective.places!(read, batch));
  }

  scores(): UnitScores {
    const { columns, places, data } = this;
    return { objective: data.objective, columns, ...(places && { places: places.kept() }) };
  }
}
