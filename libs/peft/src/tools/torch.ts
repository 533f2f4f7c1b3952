/** @file How transformers names types, attention and optimizers, as far as bytes follow from them. */
import { type Fields, isOff, type Known } from './fields.js';
import type { ToolTraining, TorchPart } from './training.js';

const optimizers: Readonly<Record<string, { name: string; update: TorchPart['update'] }>> = {
  adamw_torch: { name: 'adamw', update: 'foreach' },
  adamw_torch_fused: { name: 'adamw', update: 'fused' },
  adamw_bnb_8bit: { name: 'adamw', update: '8bit' },
  adamw_8bit: { name: 'adamw', update: '8bit' },
  paged_adamw: { name: 'adamw', update: 'paged' },
  paged_adamw_32bit: { name: 'adamw', update: 'paged' },
  paged_adamw_8bit: { name: 'adamw', update: 'paged-8bit' },
  sgd: { name: 'sgd', update: 'foreach' },
};

/** The optimizer by the name that transformers has for it; where it is none of those known, AdamW beside a problem. */
export function optimizerIn(fields: Fields, key: string): Pick<ToolTraining, 'optimizer'> & Pick<TorchPart, 'update'> {
  const said = fields.text(key) ?? 'adamw_torch_fused';
  const found = Object.hasOwn(optimizers, said) ? optimizers[said]! : undefined;
  if (!found) {
    const known = Object.keys(optimizers).join(', ');
    fields.problem(key, `${said} is not read here; ${known} are`, 'optimizer');
  }
  const { name, update } = found ?? optimizers.adamw_torch_fused!;
  return { optimizer: name, update };
}

const attentions: Readonly<Record<string, TorchPart['attention']>> = {
  eager: 'eager',
  sdpa: 'sdpa',
  flash_attention_2: 'flash',
  flash_attention_3: 'flash',
  'kernels-community/flash-attn2': 'flash',
  'kernels-community/flash-attn3': 'flash',
};

/** The implementation of attention that transformers is told; it takes sdpa by itself. */
export const attentionIn = (fields: Fields, key: string, said = fields.text(key) ?? 'sdpa'): TorchPart['attention'] =>
  fields.oneOf(key, said, attentions, 'attention') ?? 'sdpa';

const schedules: readonly string[] = ['constant', 'linear', 'cosine', 'constant_with_warmup'];

/** A schedule; one that has parameters of its own is a problem for who trains, and none for who counts bytes. */
export function scheduleIn(fields: Fields, key: string, usual: string): string {
  const said = fields.text(key) ?? usual;
  if (!schedules.includes(said))
    fields.problem(key, `${said} is not read here; ${schedules.join(', ')} are`, 'schedule');
  return said;
}

/** `max_steps`, of which −1 and 0 mean that epochs decide. */
export function extentIn(
  fields: Fields,
  epochsKey: string,
  usualEpochs: number,
): Pick<ToolTraining, 'steps' | 'epochs'> {
  const steps = fields.number('max_steps');
  const epochs = fields.number(epochsKey) ?? usualEpochs;
  return steps !== undefined && steps > 0 ? { steps } : { epochs };
}

/** Values of transformers by itself, of keys that change what is trained and have no counterpart here; bytes are the same. */
const usualValues: Readonly<Record<string, number>> = {
  adam_beta1: 0.9,
  adam_beta2: 0.999,
  adam_epsilon: 1e-8,
  warmup_ratio: 0,
};

/** Fields that all tools take over from `TrainingArguments` under one name. */
export function argumentsIn(fields: Fields) {
  for (const [key, usual] of Object.entries(usualValues)) {
    const said = fields.number(key);
    if (said !== undefined && said !== usual) fields.problem(key, `${said} is not taken over`, 'schedule');
  }
  const kwargs = fields.take('lr_scheduler_kwargs');
  if (!isOff(kwargs)) fields.problem('lr_scheduler_kwargs', 'is not taken over', 'schedule');
  return {
    learningRate: fields.number('learning_rate'),
    weightDecay: fields.number('weight_decay'),
    clipNorm: fields.number('max_grad_norm'),
    warmupSteps: fields.number('warmup_steps'),
    seed: fields.whole('seed', 0),
  };
}

/** Types by the flags `bf16` and `fp16` of a Trainer, which both compute products by autocast. */
export function halfIn(fields: Fields, usual: { bf16: boolean }): 'bfloat16' | 'float16' | undefined {
  const fp16 = fields.flag('fp16');
  const bf16 = fields.flag('bf16', ['auto', 'full']) ?? (usual.bf16 && !fp16);
  if (bf16) return 'bfloat16';
  return fp16 ? 'float16' : undefined;
}

/** Keys of `TrainingArguments` that change neither bytes nor what is trained. */
export const ignoredArguments = [
  ...'output_dir overwrite_output_dir do_train do_eval do_predict resume_from_checkpoint run_name'.split(' '),
  ...'logging_dir logging_strategy logging_steps logging_first_step log_on_each_node log_level'.split(' '),
  ...'logging_nan_inf_filter log_level_replica disable_tqdm report_to project trackio_space_id'.split(' '),
  ...'trackio_bucket_id trackio_static_space_id include_num_input_tokens_seen include_tokens_per_second'.split(' '),
  ...'eval_strategy evaluation_strategy eval_steps eval_delay per_device_eval_batch_size eval_on_start'.split(' '),
  ...'prediction_loss_only eval_do_concat_batches eval_use_gather_object eval_accumulation_steps'.split(' '),
  ...'include_for_metrics batch_eval_metrics bf16_full_eval fp16_full_eval save_only_model save_strategy'.split(' '),
  ...'save_steps save_on_each_node save_total_limit save_safetensors enable_jit_checkpoint push_to_hub'.split(' '),
  ...'hub_token hub_private_repo hub_model_id hub_strategy hub_always_push hub_revision'.split(' '),
  ...'load_best_model_at_end metric_for_best_model greater_is_better ignore_data_skip data_seed'.split(' '),
  ...'restore_callback_states_from_checkpoint full_determinism use_cpu accelerator_config label_names'.split(' '),
  ...'dataloader_drop_last dataloader_num_workers dataloader_pin_memory dataloader_persistent_workers'.split(' '),
  ...'dataloader_prefetch_factor dataloader_multiprocessing_context dataloader_in_order'.split(' '),
  ...'length_column_name remove_unused_columns train_sampling_strategy group_by_length'.split(' '),
  ...'ddp_find_unused_parameters tf32 ddp_bucket_cap_mb ddp_broadcast_buffers ddp_static_graph'.split(' '),
  ...'ddp_backend ddp_timeout local_rank skip_memory_metrics debug average_tokens_across_devices'.split(' '),
  ...'use_cache torch_empty_cache_steps gradient_checkpointing_kwargs activation_checkpointing_kwargs'.split(' '),
  ...'trust_remote_code dataset_num_proc'.split(' '),
];

/** Keys of `TrainingArguments` that change the answer and are not read. */
export const refusedArguments: Known['refused'] = {
  deepspeed: { why: 'is not opened: say --gpus and --shard', field: 'shard' },
  fsdp: { why: 'is not read: say --gpus and --shard', field: 'shard' },
  auto_find_batch_size: { why: 'lets memory choose the batch; set the batch in its place' },
  torch_compile: { why: 'keeps other tensors than an eager step does' },
  neftune_noise_alpha: { why: 'adds noise to embeddings, and a tensor of it' },
  optim_target_modules: { why: 'gives an optimizer layers of its own' },
  label_smoothing_factor: { why: 'takes another loss' },
  use_liger_kernel: { why: 'replaces the loss, norms and the gated half by kernels that keep other tensors' },
};
