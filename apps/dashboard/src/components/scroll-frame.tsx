import { Paper, type PaperProps } from '@mantine/core';
import type { ReactNode } from 'react';

interface ScrollFrameProps extends PaperProps {
  label: string;
  children: ReactNode;
}

/** A frame whose wide content scrolls inside it, also by keyboard; the page itself never scrolls sideways. */
export function ScrollFrame({ label, children, ...paper }: ScrollFrameProps) {
  return (
    <Paper component="section" p={0} className="rf-scroll" tabIndex={0} aria-label={label} {...paper}>
      {children}
    </Paper>
  );
}
