/** @file Every procedure. A new one is a file beside this and a line here. */
import type { Method } from '../method.js';
import { closedBook } from './closed-book.js';
import { goldContext } from './gold-context.js';
import { lightRag } from './light-rag.js';
import { listwise } from './listwise.js';
import { pointwise } from './pointwise.js';
import { prp } from './prp.js';
import { rag } from './rag.js';

export const procedures: readonly Method[] = [prp, pointwise, listwise, closedBook, rag, lightRag, goldContext];
