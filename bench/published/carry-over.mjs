#!/usr/bin/env node
/**
 * @file Carries facts over from the result files of peft's method comparison: `carry-over.mjs FOLDER > llama-3.2-3b.json`.
 * The folder holds files of huggingface/peft, method_comparison/MetaMathQA/results.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const runs = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
  // A run that failed has no memory to compare.
  .filter(({ train_info: result }) => result.status === 'success')
  .map(carryOver);
process.stdout.write(
  `${JSON.stringify({ source: 'huggingface/peft, method_comparison/MetaMathQA/results', runs }, null, 1)}\n`,
);

function carryOver({ run_info: run, train_info: result, meta_info: meta }) {
  const { train_config: training } = run;
  const windows = result.metrics.filter((window) => 'mem allocated avg' in window);
  const { 'train total tokens': tokens, 'train samples': samples } = result.metrics.at(-1);
  return {
    name: run.experiment_name,
    created: run.created_at,
    peftCommit: meta.package_info['peft-commit-hash'],
    accelerator: meta.system_info.accelerator,
    peft: run.peft_config && withoutOff(asAsked(run.peft_config)),
    training: {
      dtype: training.dtype,
      autocastAdapterDtype: training.autocast_adapter_dtype,
      gradientCheckpointing: training.use_gc,
      mixedPrecision: training.use_amp,
      batchSize: training.batch_size,
      steps: training.max_steps,
      optimizer: training.optimizer_type,
      samples,
      tokens,
      longest: training.max_seq_length,
    },
    trainableParameters: result.num_trainable_params,
    totalParameters: result.num_total_params,
    // The most that the allocator had reserved after a step. The cache is emptied after every tenth.
    reserved: {
      average: result.accelerator_memory_reserved_avg,
      percentile99: result.accelerator_memory_reserved_99th,
      most: result.accelerator_memory_max,
    },
    // Every window is a mean over as many steps as the others.
    allocatedBytes: Math.round(windows.reduce((sum, window) => sum + window['mem allocated avg'], 0) / windows.length),
  };
}

/** AdaLoRA writes the ranks that it learnt, an outcome; of other types they are asked for. */
function asAsked(settings) {
  return settings.peft_type === 'ADALORA' ? { ...settings, rank_pattern: null } : settings;
}

/** Settings that are not off. */
function withoutOff(settings) {
  const off = (value) =>
    value === null || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => !off(value)));
}
