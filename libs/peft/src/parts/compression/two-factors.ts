/** @file First values of two factors in the place of a kernel or a table. */
import type { Matrix } from 'ml-matrix';
import type { HostTensor, InitPart } from '../../method.js';
import { hostTensor } from '../init/host.js';
import { factorize } from './factors.js';
import type { Metric } from './metric.js';

type Input<C> = Parameters<InitPart<C>['layer']>[0];

interface BestFactors<C> {
  rank(layer: Input<C>['shape'], config: C): number;
  /** The matrix that is factorized. Default: the kernel. */
  matrix?(input: Input<C>): Matrix;
  /** The metric that its error is weighed by. */
  metric(input: Input<C>): Metric;
  /** First values of other tensors. */
  besides?(input: Input<C>, factors: ReturnType<typeof factorize>): Record<string, HostTensor>;
}

/** `factor_A · factor_B` is the best product of its rank under the metric. */
export function bestFactors<C>({
  rank,
  matrix = ({ kernel }) => kernel,
  metric,
  besides,
}: BestFactors<C>): InitPart<C> {
  return {
    layer(input) {
      const { shape, config } = input;
      const factors = factorize(matrix(input), rank(shape, config), metric(input));
      const { a, b } = factors;
      return { tensors: { factor_A: hostTensor(a), factor_B: hostTensor(b), ...besides?.(input, factors) } };
    },
  };
}
