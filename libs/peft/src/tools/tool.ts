/** @file A tool that trains from a configuration file: how its files are read, and written. */
import type { Fields, Known } from './fields.js';
import type { ToolTraining } from './training.js';

/** The part of a rendered file that a trial decides. */
export interface ToolEntry {
  /** Fields of an `adapter_config.json` that differ from peft's defaults; null: every weight is trained. */
  adapter: Readonly<Record<string, unknown>> | null;
  learningRate: number;
  steps: number;
  seed: number;
}

/** One tool: a file in its format is read, and written where the tool can be started with one. */
export interface Tool extends Known {
  name: string;
  title: string;
  /** Keys of which each says that a file is in this format. */
  marks: readonly string[];
  read(fields: Fields): ToolTraining;
  /** Keys of the tool by the fields of peft that they set. */
  peftKeys: Readonly<Record<string, string>>;
  /** The key that stands for an `adapter_config.json` beside a file; absent: a file of this tool has its adapter itself. */
  besideAs?: string;
  /** How the tool is started on a file; absent: by a script. */
  preset?: {
    /** Words of the command, of which `{file}` is the rendered file. */
    command: readonly string[];
    /** The key of the folder that the tool writes to. */
    output: string;
    /**
     * Keys by an entry of ours, over settings of the tool's own; undefined removes one. An adapter's fields have the names of
     * `peftKeys`, unless they are written here.
     */
    write(entry: ToolEntry, settings: Readonly<Record<string, unknown>>): Record<string, unknown>;
  };
}
