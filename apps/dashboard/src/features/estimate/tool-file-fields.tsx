/** @file Files of other tools that an estimate is made from: pasted, or uploaded and told apart by what they hold. */
import { FileInput, JsonInput, Textarea } from '@mantine/core';
import { longestToolText } from '@rankforge/contracts';
import { useState } from 'react';
import { formatInteger } from '../../lib/format.js';
import type { ProfileFieldsProps } from './profile-fields.js';
import { valuesOfFiles } from './request.js';

export function UploadedFiles({ onChange }: Pick<ProfileFieldsProps, 'onChange'>) {
  const [mistake, setMistake] = useState<string>();
  const take = async (files: readonly File[]) => {
    const large = files.find(({ size }) => size > longestToolText);
    setMistake(
      large && `${large.name} has ${formatInteger(large.size)} bytes, and ${formatInteger(longestToolText)} are read`,
    );
    if (large === undefined && files.length > 0)
      onChange(valuesOfFiles(await Promise.all(files.map((file) => file.text()))));
  };
  return (
    <FileInput
      label="Files"
      description="Choose a file of axolotl, LLaMA-Factory, TRL or peft, or a config.json. Choose files that belong together at once."
      placeholder="Choose files to fill in the form"
      accept=".yml,.yaml,.json"
      value={[]}
      onChange={(files) => void take(files)}
      error={mistake}
      multiple
    />
  );
}

const rows = { autosize: true, minRows: 2, maxRows: 12, spellCheck: false } as const;

export function ToolFileFields({ values, errors, onChange }: ProfileFieldsProps) {
  return (
    <>
      <Textarea
        label="Configuration"
        description="YAML or JSON of axolotl, LLaMA-Factory, TRL's SFTConfig or peft"
        placeholder={'base_model: meta-llama/Llama-3.1-8B\nadapter: qlora\n…'}
        value={values.file}
        onChange={({ currentTarget }) => onChange({ file: currentTarget.value })}
        error={values.file === '' ? undefined : errors.file}
        {...rows}
        minRows={6}
        maxRows={20}
      />
      <JsonInput
        label="adapter_config.json"
        description="The adapter of a script, which TRL's file does not have"
        value={values.adapter}
        onChange={(adapter) => onChange({ adapter })}
        error={errors.adapter}
        {...rows}
      />
      <JsonInput
        label="config.json"
        description="The base, if the file names none that is known here"
        value={values.config}
        onChange={(config) => onChange({ config })}
        error={errors.config}
        {...rows}
      />
    </>
  );
}
