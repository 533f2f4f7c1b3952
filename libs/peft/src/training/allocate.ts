/** @file Decides the rank of every targeted layer, for methods that spread a budget of ranks. */
import type { AllocationLayer, LayerCalibration, Method } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import { linearLayers } from '../models/config.js';

export interface AllocateInput {
  base: LoadedBase;
  method: Method;
  /** The method's configuration, parsed by its schema. */
  config: unknown;
  /** Names of the targeted layers. */
  targets: readonly string[];
  /** By layer path, where the method asks for a calibration. */
  calibration?: ReadonlyMap<string, LayerCalibration> | undefined;
}

/**
 * Rank of every targeted layer by path; undefined where the method gives all layers the rank of its configuration.
 *
 * @throws Error naming the method whose allocation is not one rank per layer, or leaves every layer out
 */
export function allocateRanks(input: AllocateInput): Record<string, number> | undefined {
  const { base, method, config, targets, calibration } = input;
  if (method.allocate === undefined) return undefined;
  const layers = linearLayers(base.config)
    .filter(({ name }) => targets.includes(name))
    .map(({ path, shape }): AllocationLayer => {
      const found = calibration?.get(path);
      return {
        path,
        shape,
        get kernel() {
          return base.kernel(`${path}.kernel`);
        },
        ...(found ? { calibration: found } : {}),
      };
    });
  const ranks = method.allocate.ranks(layers, config);
  if (ranks.length !== layers.length || ranks.every((rank) => rank === 0)) {
    throw new Error(`${method.name} must give each of ${layers.length} layers a rank, and one above 0: got [${ranks}]`);
  }
  return Object.fromEntries(layers.map(({ path }, index) => [path, ranks[index]!]));
}
