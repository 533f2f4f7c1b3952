/** @file What of a file of another tool an estimate follows from, and what of it had no part. */
import { List, Stack, Text, Title } from '@mantine/core';
import type { FileEstimate } from '@rankforge/contracts';

type File = FileEstimate['file'];

/** @example keysText([{ key: 'lora_r', line: 3 }, { key: 'peft_config' }]) // 'lora_r (line 3), peft_config' */
export const keysText = (keys: File['read']): string =>
  keys.map(({ key, line }) => (line === undefined ? key : `${key} (line ${line})`)).join(', ');

export function FileRead({ file: { title, base, read, ignored, notRead, without } }: { file: File }) {
  const parts = [
    { name: 'Read', keys: read },
    { name: 'Ignored, as memory does not follow from them', keys: ignored },
    { name: 'Not known, and so not read', keys: notRead },
  ].filter(({ keys }) => keys.length > 0);
  return (
    <Stack gap={4} component="section" aria-label="File">
      <Title order={3}>
        A file of {title}
        {base ? `, base ${base}` : ''}
      </Title>
      <List size="sm">
        {parts.map(({ name, keys }) => (
          <List.Item key={name} style={{ overflowWrap: 'anywhere' }}>
            <b>{name}:</b> {keysText(keys)}
          </List.Item>
        ))}
      </List>
      {without ? <Text size="sm">Predicted without {without}.</Text> : null}
    </Stack>
  );
}
