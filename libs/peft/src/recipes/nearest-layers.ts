/** @file TAROT's choice of a given size: the nearest candidate of every target, then the second nearest of each, until there are enough. */
import type { Matrix } from 'ml-matrix';
import { distances, transport } from './transport.js';

/**
 * Chooses `count` candidates. Of the layer that has more than are wanted, those are taken that transport to the targets costs least.
 *
 * @param candidates `[candidates, directions]`, of length 1
 * @param targets `[targets, directions]`, of length 1
 * @returns indices, ascending
 */
export function nearestLayers(candidates: Matrix, targets: Matrix, count: number): number[] {
  const cost = distances(candidates, targets);
  const orders = Array.from({ length: cost.columns }, (_, target) => {
    const own = cost.getColumn(target);
    return Uint32Array.from(own.keys()).sort((a, b) => own[a]! - own[b]! || a - b);
  });
  const chosen = new Set<number>();
  for (let rank = 0; chosen.size < count; rank++) {
    const layer = [...new Set(orders.map((order) => order[rank]!))]
      .filter((one) => !chosen.has(one))
      .sort((a, b) => a - b);
    const room = count - chosen.size;
    for (const one of layer.length <= room ? layer : cheapest(layer, room, cost)) chosen.add(one);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** Candidates of a layer whose transport to the targets costs least. */
function cheapest(layer: readonly number[], count: number, cost: Matrix): number[] {
  const { potentials } = transport(cost.subMatrixRow([...layer]));
  return layer
    .map((candidate, at) => ({ candidate, potential: potentials[at]! }))
    .sort((a, b) => a.potential - b.potential || a.candidate - b.candidate)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
