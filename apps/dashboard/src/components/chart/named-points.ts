import type { CustomSeriesRenderItem } from 'echarts/types/dist/shared';
import { type Box, placeLabels } from './place-labels.js';

interface NamedPoint {
  /** '' for a point without a name. */
  name: string;
  at: readonly [number, number];
  fill: string;
  stroke: string;
  /** Of the name. */
  color: string;
  /** Around the name, where it lies over a line. */
  halo: string;
  /** Of the name, as CSS writes a font. */
  font: string;
  /** Ends of an upright line through the point, on the vertical axis. Omitted: there is none. */
  ends?: readonly [number, number] | undefined;
}

const radius = 5.5;
const sizes = { radius: radius + 1, gap: 3, labelHeight: 13 };

/**
 * Draws point i of a chart as a dot with its name beside it; points that come first choose the place of their name first.
 *
 * @param steps corners of a line of level and upright pieces that names keep off where they can
 */
export function drawPoints(
  points: readonly NamedPoint[],
  steps: readonly (readonly [number, number])[],
): CustomSeriesRenderItem {
  const widths = points.map(({ name, font }) => (name === '' ? 0 : textWidth(name, font)));
  return (params, api) => {
    const { name, fill, stroke, color, halo, font, ends } = points[params.dataIndex]!;
    const pixels = (at: readonly [number, number]) => api.coord([...at]) as [number, number];
    const { x, y, height } = params.coordSys as unknown as Box;
    // The context is one object for all points of one drawing.
    const context = params.context as { boxes?: (Box | null)[] };
    context.boxes ??= placeLabels(
      points.map(({ at }, index) => {
        const [left, top] = pixels(at);
        return { x: left, y: top, labelWidth: widths[index]! };
      }),
      sizes,
      // The margin to the right of the axes is free; below them stand the numbers of the axis.
      { x, y: 0, width: api.getWidth() - x, height: y + height },
      [
        ...boxesAround(steps.map(pixels)),
        ...points.flatMap(({ at: [across], ends = [] }) => boxesAround(ends.map((end) => pixels([across, end])))),
      ],
    );
    const box = context.boxes[params.dataIndex] ?? null;
    const [cx, cy] = pixels(points[params.dataIndex]!.at);
    const dot = { type: 'circle' as const, shape: { cx, cy, r: radius }, style: { fill, stroke, lineWidth: 1.8 } };
    const text = box && {
      type: 'text' as const,
      silent: true,
      // Above the lines of all points.
      z2: 1,
      style: {
        text: name,
        x: box.x,
        y: box.y + box.height / 2,
        verticalAlign: 'middle' as const,
        fill: color,
        stroke: halo,
        lineWidth: 3,
        font,
      },
    };
    const [low, high] = (ends ?? []).map((end) => pixels([points[params.dataIndex]!.at[0], end])[1]);
    const line = ends && {
      type: 'line' as const,
      silent: true,
      shape: { x1: cx, y1: low!, x2: cx, y2: high! },
      style: { stroke, lineWidth: 1.2, opacity: 0.7 },
    };
    return { type: 'group', children: [...(line ? [line] : []), dot, ...(text ? [text] : [])] };
  };
}

/** A box of two pixels' breadth around each piece of a line. */
function boxesAround(corners: readonly (readonly [number, number])[]): Box[] {
  return corners.slice(1).map(([x, y], index) => {
    const [fromX, fromY] = corners[index]!;
    return {
      x: Math.min(x, fromX) - 1,
      y: Math.min(y, fromY) - 1,
      width: Math.abs(x - fromX) + 2,
      height: Math.abs(y - fromY) + 2,
    };
  });
}

let canvas: CanvasRenderingContext2D | null | undefined;

function textWidth(text: string, font: string): number {
  canvas ??= document.createElement('canvas').getContext('2d');
  if (!canvas) return 0;
  canvas.font = font;
  return canvas.measureText(text).width;
}
