/**
 * @file Gradients that clients send before the first round: whole, or as two sketches, which are linear in a gradient, so that their mean,
 * with noise too, is the sketch of the mean. Source of the sketches: Tropp, Yurtsever, Udell, Cevher, arXiv 1609.00048, algorithm 4.
 */
import type { Random } from '@rankforge/peft';
import { leadingQ, type PlannedLayer } from '@rankforge/peft/extension';
import { Matrix, solve } from 'ml-matrix';
import type { GradientForm, Rounds } from './strategy.js';

/** The sides of a kernel. */
interface Sides {
  in: number;
  out: number;
}

/** How clients of a strategy send the gradient of a layer. */
export const gradientForm = (sites: Rounds<unknown>, layer: PlannedLayer, config: unknown): GradientForm =>
  sites.gradient?.(layer, config) ?? wholeGradient(layer.path, layer.shape);

export const wholeGradient = (path: string, sides: Sides): GradientForm => ({
  layout: new Map([[path, [sides.in, sides.out]]]),
  send: (gradient) => new Map([[path, gradient]]),
  read: (sent) => sent.get(path)!,
});

/**
 * `G·Ω` with at most so many columns, and `Ψ·G` with one row more than twice as many. It is whole where that is no smaller.
 *
 * @example sketchedGradient('h.0.mlp', { in: 64, out: 256 }, 8).layout // [64, 8] and [17, 256]
 */
export function sketchedGradient(path: string, sides: Sides, most: number): GradientForm {
  const columns = Math.min(most, sides.in, sides.out);
  const rows = 2 * columns + 1;
  if (sides.in * columns + rows * sides.out >= sides.in * sides.out) return wholeGradient(path, sides);
  const [across, along] = [`${path}.columns`, `${path}.rows`];
  const normal = (random: Random, height: number, width: number, scale: number) =>
    Matrix.zeros(height, width).apply(function fill(this: Matrix, row, column) {
      this.set(row, column, random.normal() / Math.sqrt(scale));
    });
  const drawn = (random: Random) => ({
    right: normal(random.fork('columns'), sides.out, columns, columns),
    left: normal(random.fork('rows'), rows, sides.in, rows),
  });
  return {
    layout: new Map([
      [across, [sides.in, columns]],
      [along, [rows, sides.out]],
    ]),
    send(gradient, random) {
      const { right, left } = drawn(random);
      return new Map([
        [across, gradient.mmul(right)],
        [along, left.mmul(gradient)],
      ]);
    },
    read: (sent, random) => restored(sent.get(across)!, sent.get(along)!, drawn(random).left),
  };
}

/** A matrix of its sketches: `Q·(Ψ·Q)⁺·(Ψ·G)`, Q an orthonormal basis of the columns of `G·Ω`. */
export function restored(across: Matrix, along: Matrix, left: Matrix): Matrix {
  const basis = leadingQ(across, across.columns);
  return basis.mmul(solve(left.mmul(basis), along, true));
}
