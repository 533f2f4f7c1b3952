/** @file Name, tags and note of a sweep, by which people find and remember it. Nothing that is computed depends on them. */
import { z } from 'zod';
import { linesText, nameText, text } from './bounds.js';

/** Characters of the name of a sweep. */
export const longestSweepName = 200;
export const SweepName = nameText(longestSweepName);

/** Tags of a sweep at most, and characters of one. */
export const tagsAtMost = 16;
export const longestTag = 40;

/** Two spellings of a tag are one: case, and blanks around or within it, do not count. */
export const SweepTag = text(longestTag)
  .normalize('NFC')
  .trim()
  .toLowerCase()
  .overwrite((tag) => tag.replaceAll(/\s+/g, ' '))
  .regex(/^[^,\p{C}]+$/u, 'expected at least one character, and neither commas nor control characters');

/** Each tag once, in order. */
export const SweepTags = z
  .array(SweepTag)
  .max(tagsAtMost)
  .overwrite((tags) => [...new Set(tags)].sort());

/** Characters of a note at most. */
export const longestNote = 2000;
export const SweepNote = linesText(longestNote);

/** Fields of a request that are no part of what is computed. */
export const sweepLabels = {
  tags: SweepTags.optional().meta({
    description: `Words to find the sweep by, at most ${tagsAtMost}, in lower case. Nothing that is computed depends on them.`,
  }),
  note: SweepNote.optional().meta({ description: 'Plain text about the sweep, for people.' }),
};

/** Body of `PATCH /v1/sweeps/:id`: what is left out stays as it is. */
export const ChangeSweep = z
  .strictObject({
    name: SweepName.optional(),
    note: SweepNote.nullable().optional().meta({ description: 'In the place of the present one; null or "": none.' }),
    tags: SweepTags.optional().meta({ description: 'In the place of all present ones.' }),
    addTags: SweepTags.optional().meta({ description: 'Beside the present ones.' }),
    removeTags: SweepTags.optional().meta({ description: 'Those that it does not have change nothing.' }),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: 'name at least one of name, note, tags, addTags, removeTags',
  })
  .refine(({ tags, addTags, removeTags }) => tags === undefined || (addTags ?? removeTags) === undefined, {
    path: ['tags'],
    error: 'tags stand in the place of all present ones: leave addTags and removeTags out',
  })
  .meta({ id: 'ChangeSweep' });
export type ChangeSweep = z.infer<typeof ChangeSweep>;

/** Tags of the sweeps of a project. */
export const SweepTagList = z
  .object({
    tags: z
      .array(z.object({ tag: z.string(), sweeps: z.number().int().meta({ description: 'Sweeps that have it.' }) }))
      .meta({ description: 'The most used ones first, 1000 at most.' }),
  })
  .meta({ id: 'SweepTagList' });
export type SweepTagList = z.infer<typeof SweepTagList>;
