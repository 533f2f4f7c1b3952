/** @file Gathers scores of the units of a split, of one batch after another. */
import type { TaskData } from '../data/task-data.js';
import type { Batch } from '../objectives/data.js';
import type { UnitPlaces } from '../objectives/metrics/ranking.js';
import { findObjective } from '../objectives/registry.js';
import type { UnitScores } from './metrics.js';

export class GatheredScores {
  private readonly columns: Record<string, Float64Array> = {};
  private readonly places: UnitPlaces[] = [];

  /** @param size units of the split */
  constructor(
    private readonly data: TaskData,
    private readonly size: number,
  ) {}

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
    if (objective.places) this.places.push(...objective.places(read, batch));
  }

  scores(): UnitScores {
    const { columns, places, data } = this;
    return { objective: data.objective, columns, ...(places.length > 0 && { places }) };
  }
}
