/** @file Tags of a sweep as links to the sweeps that have them, and the field in which they are typed. */
import { Group, TagsInput } from '@mantine/core';
import { longestTag, SweepTag, tagsAtMost } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { BadgeLink } from '../../components/links.js';
import { sweepTagsQuery } from '../../lib/api/sweeps.js';

interface SweepTagsProps {
  tags: readonly string[];
  /** Tags that the sweeps on the page are filtered by: one more joins them. */
  chosen?: readonly string[];
}

/** Each tag leads to the sweeps that have it, and those chosen already. */
export function SweepTags({ tags, chosen = [] }: SweepTagsProps) {
  if (tags.length === 0) return null;
  return (
    <Group gap={6} component="ul" aria-label="Tags" p={0} m={0} style={{ listStyle: 'none' }}>
      {tags.map((tag) => (
        <li key={tag} style={{ display: 'flex', maxWidth: '100%' }}>
          <BadgeLink
            to="/sweeps"
            search={(before) => ({ ...(chosen.length > 0 && before), tag: [...new Set([...chosen, tag])] })}
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

interface SweepTagsInputProps {
  value: string[];
  onChange: (tags: string[]) => void;
  error?: ReactNode;
}

/** Tags as they will be stored; those of other sweeps are proposed. */
export function SweepTagsInput({ value, onChange, error }: SweepTagsInputProps) {
  const known = useQuery(sweepTagsQuery);
  return (
    <TagsInput
      label="Tags"
      description="Words to find it by"
      data={known.data?.tags.map(({ tag }) => tag) ?? []}
      value={value}
      onChange={(texts) => onChange([...new Set(texts.map((text) => SweepTag.safeParse(text).data ?? text))])}
      error={error}
      maxTags={tagsAtMost}
      maxLength={longestTag}
      splitChars={[',', '\n', '\t']}
      acceptValueOnBlur
      clearable
    />
  );
}
