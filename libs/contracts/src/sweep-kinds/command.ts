import { text } from '../bounds.js';
import { CommandPreset, CommandWords } from '../command.js';
import { command as trial } from '../trial-kinds/command.js';
import type { SweepKindRecord } from './record.js';

export const command = {
  name: 'command',
  label: 'Run a script',
  boardLabel: 'Script',
  says: 'Runs a program of yours with each configuration; what it reads and trains is its own.',
  purpose: "run a program of one's own with each configuration",
  fields: {
    command: {
      schema: CommandWords.optional().meta({
        description:
          'The program of a script and its arguments, e.g. `["python", "train.py", "--lr", "{learningRate}"]`. `{name}` stands for a setting of the method or a fact of the trial. No shell reads it.',
      }),
      instead: 'set kind to "command"',
    },
    folder: {
      schema: text(4096).optional().meta({
        description: 'The folder that a script runs in, in one that the installation allows.',
      }),
      instead: 'set kind to "command"',
    },
    preset: {
      schema: CommandPreset.optional().meta({
        description:
          'Of a script: axolotl or LLaMA-Factory trains each configuration first, by a file that the trial renders; `command` then scores what is in `{output}`.',
      }),
      instead: 'set kind to "command"',
    },
  },
  trial: trial.name,
  methods: [],
  wholeModel: false,
  makesSmaller: false,
  configurationsCompete: false,
  commands: true,
} as const satisfies SweepKindRecord;
