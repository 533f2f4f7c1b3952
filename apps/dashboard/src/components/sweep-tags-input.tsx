import { TagsInput } from '@mantine/core';
import { longestTag, SweepTag, tagsAtMost } from '@rankforge/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { sweepTagsQuery } from '../lib/api/sweeps.js';

interface SweepTagsInputProps {
  value?: string[];
  onChange: (tags: string[]) => void;
  error?: ReactNode;
}

/** Tags as they will be stored; those of other sweeps are proposed. */
export function SweepTagsInput({ value = [], onChange, error }: SweepTagsInputProps) {
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
