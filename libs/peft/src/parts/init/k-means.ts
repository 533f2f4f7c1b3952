/** @file Groups of points that lie near each other. */
import { Matrix } from 'ml-matrix';
import type { Random } from '../../tensor/random.js';
import { drawPlaces } from './places.js';

/**
 * The group of every point, by Lloyd's algorithm from `count` points that are drawn. A group that nobody is left in begins anew at the
 * point that lies farthest from its mean.
 *
 * @param points a row each
 * @param count groups, at most as many as points
 * @param most steps after which it stops, though points may still change their group
 */
export function kMeans(points: Matrix, count: number, { most, random }: { most: number; random: Random }): number[] {
  let groups = nearest(
    points,
    drawPlaces(points.rows, count, random).map((place) => points.getRow(place)),
  );
  for (let step = 0; step < most; step += 1) {
    const moved = nearest(points, means(points, groups, count));
    if (moved.every((group, point) => group === groups[point])) break;
    groups = moved;
  }
  return groups;
}

const squaredDistance = (points: Matrix, point: number, center: readonly number[]) =>
  center.reduce((sum, value, column) => sum + (points.get(point, column) - value) ** 2, 0);

function nearest(points: Matrix, centers: readonly (readonly number[])[]): number[] {
  return Array.from({ length: points.rows }, (_, point) => {
    const distances = centers.map((center) => squaredDistance(points, point, center));
    return distances.indexOf(Math.min(...distances));
  });
}

function means(points: Matrix, groups: readonly number[], count: number): number[][] {
  const sums = Matrix.zeros(count, points.columns);
  const sizes = new Array<number>(count).fill(0);
  for (const [point, group] of groups.entries()) {
    sums.setRow(group, Matrix.add(sums.getRowVector(group), points.getRowVector(point)));
    sizes[group]! += 1;
  }
  const centers = sizes.map((size, group) => sums.getRow(group).map((sum) => sum / Math.max(size, 1)));
  const left = sizes.flatMap((size, group) => (size === 0 ? [group] : []));
  if (left.length === 0) return centers;
  const far = groups.map((group, point) => ({ point, distance: squaredDistance(points, point, centers[group]!) }));
  far.sort((one, other) => other.distance - one.distance);
  for (const [index, group] of left.entries()) centers[group] = points.getRow(far[index]!.point);
  return centers;
}
