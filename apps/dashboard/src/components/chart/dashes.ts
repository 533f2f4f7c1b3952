const strokes: Record<string, string> = { solid: '', dashed: '6 4', dotted: '2 3' };

/** The `stroke-dasharray` of a line whose dashes ECharts knows by these. */
export const dashesOf = (dash: string | readonly number[]): string =>
  typeof dash === 'string' ? (strokes[dash] ?? '') : dash.join(' ');
