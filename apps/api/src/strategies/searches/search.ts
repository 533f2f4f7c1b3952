import type { Proposer } from '../search/proposer.js';
import type { Strategy } from '../strategy.js';

/** Behaviour of a search, by the `kind` of a request's `search`. */
export interface SearchEntry {
  /** Where configurations come from. */
  proposer: Proposer;
  /** Configurations that are checked before the sweep is accepted. Absent: the ends of every axis. */
  points?: Strategy['points'];
  /** Without a scheduler. Absent: as with one that trains all to the end. */
  alone?: Strategy;
}
