import type { ChangeSweep, SweepView } from '@rankforge/contracts';

export interface LabelValues {
  name: string;
  tags: readonly string[];
  note: string;
}

/** The name, the tags and the note of a sweep, as a form has them. */
export const labelsOf = ({ name, tags, note }: Pick<SweepView, 'name' | 'tags' | 'note'>): LabelValues => ({
  name,
  tags,
  note: note ?? '',
});

/**
 * The request that makes `after` of `before`. What was not touched is not sent, and of tags only those that came and went: what others
 * changed meanwhile stays.
 *
 * @example labelChange({ name: 'a', tags: ['x'], note: '' }, { name: 'a', tags: ['y'], note: '' }) // { addTags: ['y'], removeTags: ['x'] }
 */
export function labelChange(before: LabelValues, after: LabelValues): ChangeSweep {
  const addTags = after.tags.filter((tag) => !before.tags.includes(tag));
  const removeTags = before.tags.filter((tag) => !after.tags.includes(tag));
  return {
    ...(after.name !== before.name && { name: after.name }),
    ...(addTags.length > 0 && { addTags }),
    ...(removeTags.length > 0 && { removeTags }),
    ...(after.note !== before.note && { note: after.note }),
  };
}
