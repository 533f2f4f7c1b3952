/** @file `adapter_config.json` of peft: an adapter that says no more of its training than its base. */
import type { Fields } from './fields.js';
import type { Tool } from './tool.js';
import type { ToolTraining } from './training.js';

function read(fields: Fields): ToolTraining {
  const adapter = Object.fromEntries([...fields.keys].map((key) => [key, fields.take(key) ?? null]));
  const { base_model_name_or_path: base } = adapter;
  return {
    base: typeof base === 'string' ? base : undefined,
    adapter,
    dtype: 'bfloat16',
    torch: {
      prepared: false,
      doubleQuantization: true,
      adapters: 'float32',
      autocast: false,
      attention: 'sdpa',
      loss: 'whole',
      padded: true,
      update: 'foreach',
    },
    checkpointing: 'none',
    batch: 1,
    accumulate: 1,
    optimizer: 'adamw',
  };
}

export const peft: Tool = {
  name: 'peft',
  title: 'peft',
  marks: ['peft_type'],
  read,
  peftKeys: {},
  ignored: [],
  refused: {},
};
