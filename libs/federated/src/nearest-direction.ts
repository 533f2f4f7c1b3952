/** @file The factor that turns a product towards an update, while it stays near a factor that is given. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Ten are usual; a step costs as many numbers as the rank. */
const mostSteps = 1000;
/** A step that moves the factor by less than this share of its size is the last. */
const tolerance = 1e-10;
/** A factor that gets shorter than this share of what it was is on its way to nothing. */
const shortest = 0.01;

interface Given {
  /** The other factor `[in, r]`. */
  a: Matrix;
  /** The factor that is given `[r, out]`. */
  b: Matrix;
  /** Factors of the update: `left · right`. */
  left: Matrix;
  right: Matrix;
  /** Weight of the distance from `b`. */
  lambda: number;
}

/** A row of `AᵀA`'s eigenvectors: `value`, and inner products of the rows that `AᵀP` and B have there. */
interface Axis {
  value: number;
  hh: number;
  hb: number;
  bb: number;
}

/** A factor as sums of rows: on each axis `x` times that of `AᵀP` and `y` times that of B. */
interface Point {
  x: number[];
  y: number[];
}

/**
 * A minimum of `1 − cos(P, A·X) + λ‖X − B‖` in X, with `P = left · right`. The norm is not squared, so that a λ above the gradient at B leaves
 * B as it is, to the bit. B comes back as well where P or A·B is zero, so that there is no cosine, and where there is no minimum: if the
 * best direction is away from B, values fall while X shrinks to zero.
 *
 * All that counts of X are its rows along eigenvectors of AᵀA, and these stay sums of those of AᵀP and B. Steps are `(c/n²·AᵀA + λ/d)⁻¹`
 * times the gradient, with the cosine c, `n = ‖A·X‖` and `d = ‖X − B‖`: for fixed c, n and d that is the minimum. They are halved until the
 * value falls, and the multiple of X that is nearest to B follows.
 */
export function nearestDirection({ a, b, left, right, lambda }: Given): Matrix {
  const across = a.transpose();
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(across.mmul(a), { assumeSymmetric: true });
  const turned = eigenvectorMatrix.transpose();
  const [h, own] = [turned.mmul(across).mmul(left).mmul(right), turned.mmul(b)];
  const axes = realEigenvalues.map((value, row): Axis => {
    const [one, other] = [h.getRow(row), own.getRow(row)];
    return { value: Math.max(0, value), hh: dot(one, one), hb: dot(one, other), bb: dot(other, other) };
  });
  const updated = Math.sqrt(Math.max(0, Matrix.mul(left.transpose().mmul(left), right.mmul(right.transpose())).sum()));
  const at = (point: Point) => valueAt(point, axes, { updated, lambda });
  const begun: Point = { x: axes.map(() => 0), y: axes.map(() => 1) };
  const size = length(begun, axes);
  let here = { point: begun, ...at(begun) };
  if (updated === 0 || here.norm === 0) return b;
  const steepest = length(here.gradient, axes);
  if (steepest <= lambda) return b;
  // The norm has no gradient at B itself: the first step leaves it, and is short.
  let direction = times(here.gradient, (-1e-3 * size) / steepest);
  let slope = -1e-3 * size * (steepest - lambda);
  for (let taken = 0; taken < mostSteps; taken++) {
    let share = 1;
    let point = plus(here.point, direction);
    // Values are known to about so many digits.
    while (!(along(point, axes) > 0 && at(point).value <= here.value + 1e-4 * share * slope + 1e-15)) {
      share /= 2;
      point = plus(here.point, times(direction, share));
      if (share < 1e-12) break;
    }
    point = times(point, along(point, axes) / length(point, axes) ** 2);
    here = { point, ...at(point) };
    if (length(point, axes) < shortest * size) return b;
    if (share * length(direction, axes) <= tolerance * size) break;
    const { gradient, curvature, pull } = here;
    const shorten = (values: number[]) =>
      values.map((value, axis) => -value / (Math.max(0, curvature) * axes[axis]!.value + pull));
    direction = { x: shorten(gradient.x), y: shorten(gradient.y) };
    slope = product(gradient, direction, axes);
  }
  const { x, y } = here.point;
  return eigenvectorMatrix.mmul(Matrix.add(Matrix.diag(x).mmul(h), Matrix.diag(y).mmul(own)));
}

function valueAt(point: Point, axes: readonly Axis[], { updated, lambda }: { updated: number; lambda: number }) {
  const { x, y } = point;
  const away = { x, y: y.map((value) => value - 1) };
  const towards = axes.reduce((sum, { hh, hb }, axis) => sum + x[axis]! * hh + y[axis]! * hb, 0);
  const norm = Math.sqrt(axes.reduce((sum, axis, at) => sum + axis.value * form(point, point, axis, at), 0));
  const distance = length(away, axes);
  const cosine = towards / (norm * updated);
  const curvature = cosine / norm ** 2;
  const pull = distance === 0 ? 0 : lambda / distance;
  const gradient = {
    x: axes.map(({ value }, at) => curvature * value * x[at]! - 1 / (norm * updated) + pull * away.x[at]!),
    y: axes.map(({ value }, at) => curvature * value * y[at]! + pull * away.y[at]!),
  };
  return { value: 1 - cosine + lambda * distance, norm, curvature, pull, gradient };
}

/** The inner product of a factor with B. */
const along = ({ x, y }: Point, axes: readonly Axis[]) =>
  axes.reduce((sum, { hb, bb }, at) => sum + x[at]! * hb + y[at]! * bb, 0);

const form = (one: Point, other: Point, { hh, hb, bb }: Axis, at: number) =>
  one.x[at]! * other.x[at]! * hh +
  (one.x[at]! * other.y[at]! + one.y[at]! * other.x[at]!) * hb +
  one.y[at]! * other.y[at]! * bb;
const product = (one: Point, other: Point, axes: readonly Axis[]) =>
  axes.reduce((sum, axis, at) => sum + form(one, other, axis, at), 0);
const length = (point: Point, axes: readonly Axis[]) => Math.sqrt(Math.max(0, product(point, point, axes)));

const dot = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, at) => sum + value * other[at]!, 0);

const plus = (one: Point, other: Point): Point => ({
  x: one.x.map((value, at) => value + other.x[at]!),
  y: one.y.map((value, at) => value + other.y[at]!),
});
const times = ({ x, y }: Point, factor: number): Point => ({
  x: x.map((value) => value * factor),
  y: y.map((value) => value * factor),
});
