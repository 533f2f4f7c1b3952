/** @file A tool that trains from a configuration file: how its files are read, and written. */
import type { Fields, Known } from './fields.js';
import type { ToolTraining } from './training.js';

/** Settings that a preset of a tool is rendered from. */
export interface ToolEntry {
  base: string;
  /** Fields of an `adapter_config.json`; null: every weight is trained. */
  adapter: Readonly<Record<string, unknown>> | null;
  learningRate?: number | undefined;
  steps?: number | undefined;
  seed?: number | undefined;
  /** Name of the optimizer as transformers has it. */
  optimizer?: string | undefined;
  /** Folder that the tool writes to. */
  output: string;
}

/** One tool: a file in its format is read, and written where the tool can be started with one. */
export interface Tool extends Known {
  name: string;
  title: string;
  /** Keys of which each says that a file is in this format. */
  marks: readonly string[];
  read(fields: Fields): ToolTraining;
  /** Fields of peft by the keys of the tool that set them, for messages. */
  peftKeys: Readonly<Record<string, string>>;
  /** How the tool is started on a file; absent: by a script. */
  preset?: {
    /** Words of the command, of which `{file}` is the rendered file. */
    command: readonly string[];
    /** Keys of the file by an entry of ours. */
    write(entry: ToolEntry): Record<string, unknown>;
  };
}
