import { useComputedColorScheme } from '@mantine/core';
import type { Scheme } from '../../lib/palette.js';

const colors = {
  light: {
    text: '#2b313a',
    muted: '#5a6472',
    grid: '#e6e9ee',
    axisLine: '#aeb6c1',
    surface: '#ffffff',
    border: '#dfe3e8',
  },
  dark: {
    text: '#e3e6eb',
    muted: '#a3abb8',
    grid: '#2c3038',
    axisLine: '#59616e',
    surface: '#1c1f24',
    border: '#3a404a',
  },
} as const;

/** In single quotes: ECharts puts it into an attribute of SVG, in double ones, as it is. */
export const fontFamily =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif";

interface AxisLabels {
  showMinLabel?: boolean;
  showMaxLabel?: boolean;
  formatter?: (value: number) => string;
}

function lookOf(scheme: Scheme) {
  const look = colors[scheme];
  return {
    scheme,
    ...look,
    base: {
      animation: false,
      textStyle: { fontFamily, color: look.text },
      tooltip: {
        backgroundColor: look.surface,
        borderColor: look.border,
        textStyle: { color: look.text, fontFamily, fontSize: 12 },
        axisPointer: { lineStyle: { color: look.axisLine } },
        confine: true,
      },
    },
    /** @param labels what its labels have of their own */
    axis: (name: string, labels: AxisLabels = {}) => ({
      name,
      nameLocation: 'middle' as const,
      nameTextStyle: { color: look.muted, fontSize: 12 },
      axisLine: { show: true, lineStyle: { color: look.axisLine } },
      axisTick: { show: false },
      // Labels that touch read as one number.
      axisLabel: { color: look.muted, fontSize: 11, hideOverlap: true, textMargin: [0, 4], ...labels },
      splitLine: { lineStyle: { color: look.grid } },
    }),
  };
}

const looks = { light: lookOf('light'), dark: lookOf('dark') };

/** Colours and defaults that every chart shares, for the theme shown. */
export function useChartLook() {
  return looks[useComputedColorScheme('light')];
}
