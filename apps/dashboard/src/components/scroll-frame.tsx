import { Paper, type PaperProps } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './scroll-frame.module.css';

interface ScrollFrameProps extends PaperProps {
  label: string;
  /** Whether the last column of the table stays in view. */
  keepLast?: boolean;
  children: ReactNode;
}

/** A frame whose wide content scrolls inside it, also by keyboard; the page itself never scrolls sideways. */
export function ScrollFrame({ label, keepLast = false, children, ...paper }: ScrollFrameProps) {
  return (
    <Paper
      component="section"
      p={0}
      className={keepLast ? `rf-scroll ${classes.keepsLast}` : 'rf-scroll'}
      tabIndex={0}
      aria-label={label}
      {...paper}
    >
      {children}
    </Paper>
  );
}
