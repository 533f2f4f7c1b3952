/** @file The one design system: Mantine with system fonts, a blue that passes contrast in both themes, dense tables. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const forge: MantineColorsTuple = [
  '#eef2ff',
  '#dde4fb',
  '#b9c6f2',
  '#92a6e9',
  '#718be1',
  '#5c7add',
  '#4a68d0',
  '#3a56bd',
  '#2f4bb3',
  '#233a94',
];

const sans = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif';

export const theme = createTheme({
  primaryColor: 'forge',
  primaryShade: { light: 7, dark: 6 },
  colors: { forge },
  fontFamily: sans,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: {
    fontFamily: sans,
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.25' },
      h2: { fontSize: '1.125rem', lineHeight: '1.35' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    // At once: options of a field that is clicked while it unfolds would stay hidden.
    Accordion: { defaultProps: { transitionDuration: 0 } },
    // A link within text is told from it by more than its colour.
    Anchor: { defaultProps: { underline: 'always' } },
    Paper: { defaultProps: { withBorder: true, p: 'md' } },
    Tooltip: {
      defaultProps: {
        withArrow: true,
        openDelay: 200,
        multiline: true,
        maw: 320,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Badge: {
      defaultProps: { variant: 'light', radius: 'sm' },
      styles: { label: { textTransform: 'none', fontWeight: 600, letterSpacing: 0 } },
    },
    Select: { defaultProps: { comboboxProps: { shadow: 'md' }, checkIconPosition: 'right' } },
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'sm' } },
  },
});

/** Colours of Mantine whose text has a contrast below 4.5 as they come: on badges and alerts, and white on red buttons. */
const red = { '--mantine-color-red-filled': '#c92a2a', '--mantine-color-red-filled-hover': '#b02525' };

export const readableColors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...red,
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-yellow-light-color': '#7a4a00',
    '--mantine-color-teal-light-color': '#066649',
    '--mantine-color-green-light-color': '#1e6a2c',
    '--mantine-color-orange-light-color': '#a03606',
    '--mantine-color-red-light-color': '#b02525',
  },
  dark: { ...red, '--mantine-color-error': '#ff8787', '--mantine-color-placeholder': '#a3abb8' },
});
