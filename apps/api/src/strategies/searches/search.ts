import type { Proposer } from '../search/proposer.js';
import type { Strategy } from '../strategy.js';

/** What a search does, by the `kind` of a request's `search`. */
export interface SearchEntry {
  /** Where configurations come from. */
  proposer: Proposer;
  /** What of them is checked before the sweep is accepted. Absent: the ends of every axis. */
  points?: Strategy['points'];
  /** Without a scheduler. Absent: as with one that trains all to the end. */
  alone?: Strategy;
}
