/** @file Where the names of points go, so that none lies over another or over a point, and over a line only in need. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface LabelledPoint {
  x: number;
  y: number;
  /** Of its name as it is drawn; 0 where it has none. */
  labelWidth: number;
}

interface Sizes {
  /** Of a point, to its rim. */
  radius: number;
  /** Between a point's rim and its name. */
  gap: number;
  labelHeight: number;
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const within = (box: Box, area: Box): boolean =>
  box.x >= area.x &&
  box.y >= area.y &&
  box.x + box.width <= area.x + area.width &&
  box.y + box.height <= area.y + area.height;

/**
 * A box for the name of each point: to its right, its left, above or below it, the first of these that is free. Points that
 * come first choose first. A point without a free side has its name over a line, and none, null, where even that would lie
 * over another name or point: it is then left to the tooltip.
 *
 * @param lines boxes around what else is drawn in the area
 *
 * @example placeLabels([{ x: 10, y: 50, labelWidth: 30 }], { radius: 5, gap: 3, labelHeight: 12 }, area)
 * // [{ x: 18, y: 44, width: 30, height: 12 }]
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  sizes: Sizes,
  area: Box,
  lines: readonly Box[] = [],
): (Box | null)[] {
  const { radius, gap, labelHeight: height } = sizes;
  const dots = points.map(({ x, y }) => ({
    x: x - radius,
    y: y - radius,
    width: 2 * radius,
    height: 2 * radius,
  }));
  const taken: Box[] = [...dots];
  const place = ({ x, y, labelWidth: width }: LabelledPoint, off: readonly Box[]): Box | null => {
    if (width === 0) return null;
    const away = radius + gap;
    const sides = [
      { x: x + away, y: y - height / 2 },
      { x: x - away - width, y: y - height / 2 },
      { x: x - width / 2, y: y - away - height },
      { x: x - width / 2, y: y + away },
    ];
    const free = sides
      .map((corner): Box => ({ ...corner, width, height }))
      .find((box) => within(box, area) && ![...off, ...taken].some((other) => overlap(box, other)));
    if (free) taken.push(free);
    return free ?? null;
  };
  return points.map((point) => place(point, lines) ?? place(point, []));
}
