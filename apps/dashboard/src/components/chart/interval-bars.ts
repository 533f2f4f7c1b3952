import type { CustomSeriesRenderItem } from 'echarts/types/dist/shared';

export interface IntervalBar {
  value: number;
  ends: readonly [number, number];
  fill: string;
  /** Colour of the line from end to end. */
  stroke: string;
}

/** Draws row i of a horizontal chart, whose category axis counts rows, as a bar from 0 with a line over its interval. */
export function drawBars(rows: readonly IntervalBar[], rowHeight: number): CustomSeriesRenderItem {
  return (params, api) => {
    const { value, ends, fill, stroke } = rows[params.dataIndex]!;
    const at = (number: number) => api.coord([number, params.dataIndex]);
    const [zero = 0, y = 0] = at(0);
    const [x = 0] = at(value);
    const [left = 0, right = 0] = ends.map((end) => at(end)[0]!);
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: 'line' as const,
      shape: { x1, y1, x2, y2 },
      style: { stroke, lineWidth: 1.5 },
    });
    const half = rowHeight * 0.3;
    return {
      type: 'group',
      children: [
        {
          type: 'rect',
          shape: { x: zero, y: y - rowHeight / 2, width: api.getWidth() - zero, height: rowHeight },
          style: { fill: 'transparent' },
        },
        { type: 'rect', shape: { x: zero, y: y - half, width: x - zero, height: 2 * half }, style: { fill } },
        line(left, y, right, y),
        line(left, y - 4, left, y + 4),
        line(right, y - 4, right, y + 4),
      ],
    };
  };
}
