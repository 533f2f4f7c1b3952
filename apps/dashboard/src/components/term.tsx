import { Tooltip, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { meaningOf, type TermName } from '../lib/glossary.js';
import classes from './term.module.css';

/** A term with its meaning on hover, focus or touch. */
export function Term({ word, children }: { word: TermName; children: ReactNode }) {
  return (
    <Tooltip label={meaningOf(word)}>
      <UnstyledButton className={classes.term}>{children}</UnstyledButton>
    </Tooltip>
  );
}
