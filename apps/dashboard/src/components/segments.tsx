import { SegmentedControl, type SegmentedControlProps, useMatches } from '@mantine/core';

/** A choice among a few kinds: beside one another where there is room, and one below the other where there is little. */
export function Segments<T extends string>(props: SegmentedControlProps<T>) {
  const orientation = useMatches(
    { base: 'vertical', sm: 'horizontal' } as const,
    // There is a window from the first drawing on.
    { getInitialValueInEffect: false },
  );
  return <SegmentedControl orientation={orientation} {...props} />;
}
