/** @file The test functions of libs/search/test/oracle/regret/regrets.py, which names their sources. */
import type { Outcome, Point, Space } from '@rankforge/search';

export interface TestFunction {
  space: Space;
  /** Least value of a feasible point. */
  optimum: number;
  evaluate(point: Point): Extract<Outcome, { kind: 'complete' | 'infeasible' }>;
}

const float = (low: number, high: number) => ({ kind: 'float', low, high, log: false }) as const;

const branin: TestFunction = {
  space: { x: float(-5, 10), y: float(0, 15) },
  optimum: 0.397887,
  evaluate: (point) => {
    const [x, y] = [point.x!, point.y!];
    const curve = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
    return { kind: 'complete', value: curve ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 };
  },
};

const steepness = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const centres = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];
const depths = [1, 1.2, 3, 3.2];

const hartmann6: TestFunction = {
  space: Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`x${index}`, float(0, 1)])),
  optimum: -3.32237,
  evaluate: (point) => {
    const value = depths.reduce((sum, depth, well) => {
      const exponent = steepness[well]!.reduce(
        (total, a, index) => total + a * (point[`x${index}`]! - centres[well]![index]!) ** 2,
        0,
      );
      return sum - depth * Math.exp(-exponent);
    }, 0);
    return { kind: 'complete', value };
  },
};

const gramacy: TestFunction = {
  space: { x: float(0, 1), y: float(0, 1) },
  optimum: 0.599788,
  evaluate: (point) => {
    const [x, y] = [point.x!, point.y!];
    const constraints = [1.5 - x - 2 * y - 0.5 * Math.sin(2 * Math.PI * (x ** 2 - 2 * y)), x ** 2 + y ** 2 - 1.5];
    const violation = constraints.reduce((sum, constraint) => sum + Math.max(0, constraint), 0);
    return violation > 0 ? { kind: 'infeasible', violation } : { kind: 'complete', value: x + y };
  },
};

export const functions = { branin, hartmann6, gramacy };
export type FunctionName = keyof typeof functions;
