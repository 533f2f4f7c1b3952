/** @file axolotl's YAML, as its `AxolotlInputConfig` takes it (0.19). */
import type { Fields } from './fields.js';
import type { Tool, ToolEntry } from './tool.js';
import {
  argumentsIn,
  attentionIn,
  extentIn,
  halfIn,
  ignoredArguments,
  optimizerIn,
  refusedArguments,
  scheduleIn,
} from './torch.js';
import type { ToolTraining, TorchDtype } from './training.js';

const adapters = { lora: true, qlora: true };

/** Keys of a LoRA and what peft calls them. */
const loraKeys = {
  r: 'lora_r',
  lora_alpha: 'lora_alpha',
  lora_dropout: 'lora_dropout',
  target_modules: 'lora_target_modules',
  use_dora: 'peft_use_dora',
  use_rslora: 'peft_use_rslora',
  init_lora_weights: 'peft_init_lora_weights',
  modules_to_save: 'lora_modules_to_save',
  layers_to_transform: 'peft_layers_to_transform',
  layers_pattern: 'peft_layers_pattern',
  rank_pattern: 'lora_rank_pattern',
  alpha_pattern: 'lora_alpha_pattern',
  target_parameters: 'lora_target_parameters',
  layer_replication: 'peft_layer_replication',
  trainable_token_indices: 'peft_trainable_token_indices',
} as const;

function adapterOf(fields: Fields): ToolTraining['adapter'] {
  const kind = fields.text('adapter');
  const given = Object.fromEntries(
    Object.entries(loraKeys).flatMap(([name, key]) => {
      const value = fields.take(key);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const everyLinear = fields.flag('lora_target_linear');
  if (kind === undefined || fields.oneOf('adapter', kind, adapters, 'adapter') === undefined) return null;
  const named = given.target_modules;
  if (everyLinear && Array.isArray(named) && named.some((name) => ['embed_tokens', 'lm_head'].includes(String(name))))
    fields.problem('lora_target_modules', `${named.join(', ')} beside lora_target_linear is not read here`, 'adapter');
  if (given.r === undefined) fields.problem('lora_r', 'is not said: say the rank', 'adapter');
  return { peft_type: 'LORA', ...given, ...(everyLinear && { target_modules: 'all-linear' }) };
}

function dtypeOf(fields: Fields, isAdapter: boolean): { dtype: TorchDtype; autocast: boolean; double: boolean } {
  const four = fields.flag('load_in_4bit');
  const eight = fields.flag('load_in_8bit');
  const half = halfIn(fields, { bf16: true });
  // These load the model in 16 bits without autocast.
  const whole = fields.flag('bfloat16') ? 'bfloat16' : fields.flag('float16') ? 'float16' : undefined;
  fields.take('float32');
  const own = (fields.take('bnb_config_kwargs') ?? {}) as Record<string, unknown>;
  const { bnb_4bit_use_double_quant: double = true, ...others } = own;
  const other = Object.keys(others)[0];
  if (other !== undefined) fields.problem('bnb_config_kwargs', `${other} is not read here`, 'dtype');
  if (!isAdapter && (four || eight))
    fields.problem(four ? 'load_in_4bit' : 'load_in_8bit', 'needs an adapter', 'dtype');
  return {
    dtype: four ? 'nf4' : eight ? 'int8' : (half ?? whole ?? 'float32'),
    autocast: half !== undefined,
    double: double !== false,
  };
}

const flags = { flash_attention: 'flash_attention_2', sdp_attention: 'sdpa', eager_attention: 'eager' } as const;

function attentionOf(fields: Fields) {
  const key = Object.keys(flags).find((name) => fields.flag(name)) as keyof typeof flags | undefined;
  const said = fields.text('attn_implementation');
  if (said !== undefined) return attentionIn(fields, 'attn_implementation', said);
  return key === undefined ? 'sdpa' : attentionIn(fields, key, flags[key]);
}

function checkpointingOf(fields: Fields): ToolTraining['checkpointing'] {
  const value = fields.take('gradient_checkpointing');
  if (value === undefined || typeof value === 'boolean') return value ? 'block' : 'none';
  fields.problem(
    'gradient_checkpointing',
    `${JSON.stringify(value)} is not read here; true and false are`,
    'checkpointing',
  );
  return 'block';
}

const loraKernels = ['lora_mlp_kernel', 'lora_qkv_kernel', 'lora_o_kernel', 'lora_embedding_kernel'] as const;

/** Kernels of LoRA are on where the file says nothing of them, but for LoRA in 8 bits. */
function kernelsLeftOut(fields: Fields, dtype: TorchDtype): Pick<ToolTraining, 'without'> {
  if (dtype === 'int8' || loraKernels.some((key) => fields.keys.has(key))) return {};
  return { without: 'the kernels of LoRA that axolotl takes by itself (lora_mlp_kernel: false leaves them out)' };
}

function read(fields: Fields): ToolTraining {
  const adapter = adapterOf(fields);
  const { dtype, autocast, double } = dtypeOf(fields, adapter !== null);
  const { optimizer, update } = optimizerIn(fields, 'optimizer');
  const isFloat32Adapter = fields.flag('peft_autocast_adapter_dtype') ?? true;
  return {
    base: fields.text('base_model'),
    adapter,
    dtype,
    torch: {
      // Norms and tables that `prepare_model_for_kbit_training` made float32 are cast back for every adapter.
      prepared: false,
      doubleQuantization: double,
      adapters: isFloat32Adapter ? 'float32' : 'model',
      autocast,
      attention: attentionOf(fields),
      loss: fields.flag('liger_fused_linear_cross_entropy') ? 'fused' : 'whole',
      padded: !(fields.flag('sample_packing') ?? false),
      update,
    },
    checkpointing: checkpointingOf(fields),
    sequence: fields.whole('sequence_len') ?? 512,
    batch: fields.whole('micro_batch_size') ?? 1,
    accumulate: fields.whole('gradient_accumulation_steps') ?? 1,
    optimizer,
    schedule: scheduleIn(fields, 'lr_scheduler', 'cosine'),
    ...extentIn(fields, 'num_epochs', 1),
    ...argumentsIn(fields),
    ...(adapter && kernelsLeftOut(fields, dtype)),
  };
}

function write({ adapter, learningRate, steps, seed }: ToolEntry, { load_in_4bit: packed }: Record<string, unknown>) {
  return {
    adapter: adapter ? (packed ? 'qlora' : 'lora') : undefined,
    ...(adapter ? {} : { lora_target_linear: undefined, lora_target_modules: undefined, lora_dropout: undefined }),
    learning_rate: learningRate,
    max_steps: steps,
    seed,
  };
}

const kernels = { why: 'replaces parts of the model by kernels that keep other tensors' };

export const axolotl: Tool = {
  name: 'axolotl',
  title: 'axolotl',
  marks: ['base_model', 'micro_batch_size', 'sequence_len', 'lora_target_linear', 'sample_packing', 'num_epochs'],
  read,
  peftKeys: loraKeys,
  ignored: [
    ...ignoredArguments,
    ...'base_model_config base_model_ignore_patterns tokenizer_config tokenizer_type tokenizer_use_fast'.split(' '),
    ...'tokenizer_legacy model_type processor_type is_llama_derived_model is_mistral_derived_model'.split(' '),
    ...'is_qwen_derived_model is_falcon_derived_model strict auto_resume_from_checkpoints datasets'.split(' '),
    ...'test_datasets shuffle_merged_datasets dataset_prepared_path dataset_processes'.split(' '),
    ...'dataset_keep_in_memory dataset_exact_deduplication push_dataset_to_hub hf_use_auth_token'.split(' '),
    ...'val_size val_set_size device_map loss_watchdog_threshold loss_watchdog_patience'.split(' '),
    ...'eval_sequence_len excess_length_strategy eval_table_size eval_sample_packing eval_max_new_tokens'.split(' '),
    ...'eval_table_max_new_tokens eval_batch_size evals_per_epoch saves_per_epoch save_first_step'.split(' '),
    ...'early_stopping_patience use_tensorboard special_tokens tokens chat_template chat_template_jinja'.split(' '),
    ...'default_system_message train_on_inputs pad_to_sequence_len wandb_project wandb_entity'.split(' '),
    ...'wandb_watch wandb_name wandb_log_model wandb_mode wandb_run_id mlflow_tracking_uri'.split(' '),
    ...'mlflow_experiment_name mlflow_run_name use_mlflow use_wandb use_comet lora_fan_in_fan_out'.split(' '),
    ...'lora_on_cpu loraplus_lr_embedding merge_lora merge_method lora_model_dir skip_prepare_dataset'.split(' '),
    ...'low_cpu_mem_usage roles_to_train train_on_eos eot_tokens sample_packing_bin_size'.split(' '),
    ...'sample_packing_group_size sample_packing_sequentially sample_packing_eff_est gc_steps'.split(' '),
    ...'min_sample_len plugins'.split(' '),
  ],
  refused: {
    ...refusedArguments,
    fsdp_config: { why: 'is not read: say --gpus and --shard', field: 'shard' },
    rl: { why: 'is another objective' },
    reward_model: { why: 'is another objective' },
    process_reward_model: { why: 'is another objective' },
    gptq: { why: 'is a base in another quantization' },
    peft: { why: 'initializes LoRA by LoftQ' },
    relora: { why: 'merges and begins again' },
    lora_mlp_kernel: kernels,
    lora_qkv_kernel: kernels,
    lora_o_kernel: kernels,
    lora_embedding_kernel: kernels,
    liger_cross_entropy: kernels,
    liger_rms_norm: kernels,
    liger_rope: kernels,
    liger_glu_activation: kernels,
    liger_layer_norm: kernels,
    cut_cross_entropy: kernels,
    chunked_cross_entropy: kernels,
    flash_attn_cross_entropy: kernels,
    tiled_mlp: { why: 'computes the gated half in pieces' },
    activation_offloading: { why: 'keeps activations in the memory of the host', field: 'checkpointing' },
    layer_offloading: { why: 'keeps layers in the memory of the host' },
    selective_checkpointing: { why: 'keeps some results of blocks that are run again', field: 'checkpointing' },
    unfrozen_parameters: { why: 'trains some parameters of the base' },
    xformers_attention: { why: 'is another implementation of attention', field: 'attention' },
    flex_attention: { why: 'is another implementation of attention', field: 'attention' },
    sage_attention: { why: 'is another implementation of attention', field: 'attention' },
    loraplus_lr_ratio: {
      why: 'is not read here: the bytes are those without, so leave it out, or say --optimizer',
      field: 'optimizer',
    },
    batch_size: { why: 'is not read: say gradient_accumulation_steps', field: 'accumulate' },
    fp8: { why: 'computes in 8 bits' },
    qat: { why: 'trains in fewer bits' },
    sequence_parallel_degree: { why: 'parts a sequence between cards' },
    context_parallel_size: { why: 'parts a sequence between cards' },
    tensor_parallel_size: { why: 'parts layers between cards' },
    use_onebitllms: { why: 'takes layers of 1 bit' },
  },
  preset: { command: ['axolotl', 'train', '{file}'], output: 'output_dir', write },
};
