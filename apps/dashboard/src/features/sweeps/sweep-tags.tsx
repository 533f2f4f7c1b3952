import { Group } from '@mantine/core';
import { BadgeLink } from '../../components/links.js';
import type { SweepFilter } from '../../lib/api/sweeps.js';

interface SweepTagsProps {
  tags: readonly string[];
  /** Filters of the list that they stand in: one more tag joins them. */
  filter?: SweepFilter;
}

/** Tags of a sweep, each a link to the sweeps that have it. */
export function SweepTags({ tags, filter = {} }: SweepTagsProps) {
  if (tags.length === 0) return null;
  return (
    <Group gap={6} component="ul" aria-label="Tags" p={0} m={0} style={{ listStyle: 'none' }}>
      {tags.map((tag) => (
        <li key={tag} style={{ display: 'flex', maxWidth: '100%' }}>
          <BadgeLink
            to="/sweeps"
            search={{ ...filter, tag: [...new Set([...(filter.tag ?? []), tag])] }}
            variant="light"
            tt="none"
            fw={500}
            style={{ cursor: 'pointer' }}
            title={`Sweeps with the tag ${tag}`}
          >
            {tag}
          </BadgeLink>
        </li>
      ))}
    </Group>
  );
}
