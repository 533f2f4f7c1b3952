/** @file Ways to find an entry by words, and a trial by its settings. */
import { TrialState } from '@rankforge/contracts';
import type { TrialFilter } from '../../lib/api/trials.js';

export interface Entry {
  /** Unique among all entries. */
  id: string;
  label: string;
  /** Shown beside the label, and searched as well. */
  detail?: string;
  /** Searched and not shown. */
  words?: string;
  open: () => void | Promise<void>;
}

const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Entries that have each word of a text, those whose label begins with it first. */
export function matching(entries: readonly Entry[], text: string, most: number): Entry[] {
  const words = wordsOf(text);
  const beginning = text.trim().toLowerCase();
  const found = entries.filter(({ label, detail = '', words: more = '' }) => {
    const searched = `${label} ${detail} ${more}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  });
  const rank = ({ label }: Entry) => (label.toLowerCase().startsWith(beginning) ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b)).slice(0, most);
}

/**
 * The filter of trials that a text spells: a method by its name, `r8`, `seed 1`, and a state. Undefined where a word is none of these, or
 * where neither a method nor a state is named.
 *
 * @example trialFilterOf('lora r8 seed 1 failed', new Set(['lora'])) // { method: 'lora', rank: 8, seed: 1, state: ['FAILED'] }
 */
export function trialFilterOf(text: string, methods: ReadonlySet<string>): TrialFilter | undefined {
  const filter: TrialFilter = {};
  const rest = wordsOf(text.replace(/\b(seed|rank)\s+(?=\d)/gi, '$1'));
  for (const word of rest) {
    const [, key, digits] = /^(r|rank|s|seed)(\d{1,9})$/.exec(word) ?? [];
    const state = TrialState.safeParse(word.replaceAll('-', '_').toUpperCase());
    if (key !== undefined) filter[key.startsWith('r') ? 'rank' : 'seed'] = Number(digits);
    else if (state.success) filter.state = [state.data];
    else if (methods.has(word)) filter.method = word;
    else return undefined;
  }
  return filter.method !== undefined || filter.state !== undefined ? filter : undefined;
}
