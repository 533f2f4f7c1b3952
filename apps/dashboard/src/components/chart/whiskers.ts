import type { CustomSeriesRenderItem } from 'echarts/types/dist/shared';

export interface Whisker {
  value: number;
  /** Lower and upper end; null draws the dot alone. */
  ends: readonly [number, number] | null;
  color: string;
}

/**
 * Draws row i of a horizontal chart, whose category axis counts rows, as a dot with whiskers. The whole row answers to
 * the pointer.
 */
export function drawWhiskers(rows: readonly Whisker[], rowHeight: number): CustomSeriesRenderItem {
  return (params, api) => {
    const { value, ends, color } = rows[params.dataIndex]!;
    const at = (number: number) => api.coord([number, params.dataIndex]);
    const [x = 0, y = 0] = at(value);
    const [left = x] = ends ? at(ends[0]) : [];
    const [right = x] = ends ? at(ends[1]) : [];
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: 'line' as const,
      shape: { x1, y1, x2, y2 },
      style: { stroke: color, lineWidth: 2 },
    });
    return {
      type: 'group',
      children: [
        {
          type: 'rect',
          shape: { x: 0, y: y - rowHeight / 2, width: api.getWidth(), height: rowHeight },
          style: { fill: 'transparent' },
        },
        line(left, y, right, y),
        line(left, y - 5, left, y + 5),
        line(right, y - 5, right, y + 5),
        { type: 'circle', shape: { cx: x, cy: y, r: 5 }, style: { fill: color } },
      ],
    };
  };
}
