/**
 * @file A baseline: a method that trains nothing, so that what is trained is held against what costs nothing. It stands on the
 * boards of its tasks beside the others, and is a method without parts: no weight, no rank, no step.
 */

import { type Method } from '@rankforge/peft';
import { defineMethod } from '@rankforge/peft/extension';
import type { z } from 'zod';
import { trainsNothing } from '../trains-nothing.js';

type Said<S extends z.ZodType> = Pick<Method<S>, 'name' | 'title' | 'summary' | 'paper' | 'config' | 'readsWords'> &
  Required<Pick<Method<S>, 'ranker'>>;

/** Completes what is said of a baseline with what all have in common. */
export const defineBaseline = <S extends z.ZodType>(said: Said<S>): Method<S> =>
  defineMethod({
    ...said,
    evidence: { level: 'full' },
    purposes: ['baseline'],
    ...trainsNothing,
  });
