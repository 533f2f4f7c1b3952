/** @file Places of rows that a score of a split keeps: those of its first units, and the recall of all. */
import type { UnitPlaces } from '../objectives/metrics/ranking.js';

/** Bounds of what is kept: the first units, and ranks from 1. */
const [mostUnits, mostRanks] = [1000, 100];

/** Places of the rows of a split that count. */
export interface KeptPlaces {
  /** Rows whose places these are. */
  documents: 'relevant' | 'attacked';
  /** Units that were scored. */
  units: number;
  /** Places of the first of them. */
  first: readonly UnitPlaces[];
  /**
   * Mean over all units of the share of relevant rows that stands down to each rank, element `k - 1` being the recall at `k`. There are
   * fewer ranks where the longest order has fewer rows. A unit without a relevant row counts 0.
   */
  recall?: readonly number[];
}

/** Gathers the places of relevant rows, of one batch of units after another. */
export class RelevantPlaces {
  private readonly first: UnitPlaces[] = [];
  private readonly gained = new Float64Array(mostRanks);
  private units = 0;
  private longest = 0;

  add(units: readonly UnitPlaces[]): void {
    this.units += units.length;
    for (const unit of units) {
      if (this.first.length < mostUnits) this.first.push(unit);
      this.longest = Math.max(this.longest, unit.size);
      for (const { place } of unit.rows) if (place <= mostRanks) this.gained[place - 1]! += 1 / unit.of;
    }
  }

  kept(): KeptPlaces {
    const { first, units } = this;
    let sum = 0;
    const recall = Array.from(this.gained.subarray(0, this.longest), (share) => {
      sum += share;
      // Shares of a unit may add up to a rounding more than 1.
      return Math.min(1, sum / units);
    });
    return { documents: 'relevant', units, first, recall };
  }
}
