/** @file LLaMA-Factory's YAML, as the arguments of its `llamafactory-cli train` (0.9.5). */
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

const loraKeys = {
  r: 'lora_rank',
  lora_alpha: 'lora_alpha',
  lora_dropout: 'lora_dropout',
  target_modules: 'lora_target',
  use_dora: 'use_dora',
  use_rslora: 'use_rslora',
  modules_to_save: 'additional_target',
} as const;

function loraOf(fields: Fields): Record<string, unknown> {
  const r = fields.whole('lora_rank') ?? 8;
  const targets = fields.names('lora_target') ?? ['all'];
  const pissa = fields.flag('pissa_init');
  const iterations = fields.number('pissa_iter') ?? 16;
  const saved = fields.names('additional_target');
  return {
    peft_type: 'LORA',
    r,
    lora_alpha: fields.number('lora_alpha') ?? 2 * r,
    lora_dropout: fields.number('lora_dropout') ?? 0,
    target_modules: targets.join() === 'all' ? 'all-linear' : targets,
    use_dora: fields.flag('use_dora') ?? false,
    use_rslora: fields.flag('use_rslora') ?? false,
    ...(pissa && { init_lora_weights: iterations === -1 ? 'pissa' : `pissa_niter_${iterations}` }),
    ...(saved && { modules_to_save: saved }),
  };
}

/** Values of `finetuning_type`: true trains an adapter. */
const kinds = { lora: true, full: false };

const packed = { 4: 'nf4', 8: 'int8' } as const;

function dtypeOf(fields: Fields, isAdapter: boolean): { dtype: TorchDtype; autocast: boolean; pure: boolean } {
  const pure = fields.flag('pure_bf16') ?? false;
  const half = halfIn(fields, { bf16: false });
  const bits = fields.number('quantization_bit');
  const method = fields.text('quantization_method') ?? 'bnb';
  const type = fields.text('quantization_type') ?? 'nf4';
  if (bits !== undefined && (!(bits in packed) || method !== 'bnb'))
    fields.problem('quantization_bit', `${bits} by ${method} is not read here; 4 and 8 by bnb are`, 'dtype');
  if (bits === 4 && type !== 'nf4') fields.problem('quantization_type', `${type} is not read here; nf4 is`, 'dtype');
  const quantized = bits !== undefined && bits in packed ? packed[bits as keyof typeof packed] : undefined;
  // Trained parameters become float32, all weights among them, unless training is in bfloat16 alone.
  const loaded = pure ? 'bfloat16' : (half ?? 'bfloat16');
  return { dtype: quantized ?? (isAdapter || pure ? loaded : 'float32'), autocast: half !== undefined && !pure, pure };
}

const attentions = { auto: 'sdpa', disabled: 'eager', sdpa: 'sdpa', fa2: 'flash_attention_2' } as const;

function read(fields: Fields): ToolTraining {
  const kind = fields.text('finetuning_type') ?? 'lora';
  const isAdapter = fields.oneOf('finetuning_type', kind, kinds, 'adapter') ?? true;
  const lora = loraOf(fields);
  const { dtype, autocast, pure } = dtypeOf(fields, isAdapter);
  const { optimizer, update } = optimizerIn(fields, 'optim');
  const stage = fields.text('stage') ?? 'sft';
  fields.oneOf('stage', stage, { sft: true, pt: true });
  const attention = fields.oneOf('flash_attn', fields.text('flash_attn') ?? 'auto', attentions, 'attention') ?? 'sdpa';
  const neat = fields.flag('neat_packing') ?? false;
  const isPacked = fields.flag('packing') ?? (neat || stage === 'pt');
  return {
    base: fields.text('model_name_or_path'),
    adapter: isAdapter ? lora : null,
    dtype,
    torch: {
      prepared: false,
      doubleQuantization: fields.flag('double_quantization') ?? true,
      adapters: pure ? 'model' : 'float32',
      autocast,
      attention: attentionIn(fields, 'flash_attn', attention),
      loss: 'whole',
      padded: !isPacked,
      update,
    },
    checkpointing: fields.flag('disable_gradient_checkpointing') ? 'none' : 'block',
    // Its parser takes one token off packed sequences.
    sequence: (fields.whole('cutoff_len') ?? 2048) - (isPacked ? 1 : 0),
    batch: fields.whole('per_device_train_batch_size') ?? 8,
    accumulate: fields.whole('gradient_accumulation_steps') ?? 1,
    optimizer,
    schedule: scheduleIn(fields, 'lr_scheduler_type', 'linear'),
    ...extentIn(fields, 'num_train_epochs', 3),
    ...argumentsIn(fields),
  };
}

function write({ adapter, learningRate, steps, seed }: ToolEntry) {
  return {
    do_train: true,
    finetuning_type: adapter ? 'lora' : 'full',
    ...(adapter ? {} : { lora_target: undefined, lora_dropout: undefined }),
    learning_rate: learningRate,
    max_steps: steps,
    seed,
  };
}

export const llamafactory: Tool = {
  name: 'llamafactory',
  title: 'LLaMA-Factory',
  marks: ['finetuning_type', 'cutoff_len', 'stage', 'lora_rank', 'dataset_dir', 'quantization_bit', 'template'],
  read,
  peftKeys: loraKeys,
  ignored: [
    ...ignoredArguments,
    ...'cache_dir use_fast_tokenizer split_special_tokens model_revision low_cpu_mem_usage'.split(' '),
    ...'offload_folder infer_backend infer_dtype use_kv_cache hf_hub_token ms_hub_token om_hub_token'.split(' '),
    ...'template print_param_status dataset eval_dataset dataset_dir media_dir train_on_prompt'.split(' '),
    ...'mask_history streaming buffer_size mix_strategy interleave_probs overwrite_cache'.split(' '),
    ...'preprocessing_batch_size preprocessing_num_workers max_samples eval_num_beams'.split(' '),
    ...'ignore_pad_token_for_loss val_size plot_loss eval_on_each_dataset tool_format default_system'.split(' '),
    ...'enable_thinking preserve_thinking tokenized_path data_shared_file_system compute_accuracy'.split(' '),
    ...'disable_shuffling early_stopping_steps ray_run_name include_effective_tokens_per_second'.split(' '),
    ...'predict_with_generate loraplus_lr_embedding create_new_adapter pissa_convert image_max_pixels'.split(' '),
    ...'image_min_pixels video_max_pixels video_min_pixels video_fps video_maxlen freeze_vision_tower'.split(' '),
    ...'freeze_multi_modal_projector use_swanlab swanlab_project swanlab_workspace swanlab_run_name'.split(' '),
    ...'swanlab_mode use_reentrant_gc export_dir export_size generation_max_length generation_num_beams'.split(' '),
    ...'quantization_device_map'.split(' '),
  ],
  refused: {
    ...refusedArguments,
    enable_liger_kernel: refusedArguments.use_liger_kernel!,
    adapter_name_or_path: { why: 'goes on from adapters: leave it out' },
    upcast_layernorm: { why: 'makes norms float32' },
    upcast_lmhead_output: { why: 'makes logits float32' },
    use_unsloth: { why: 'replaces parts of the model by kernels that keep other tensors' },
    use_unsloth_gc: { why: 'keeps inputs of blocks in the memory of the host', field: 'checkpointing' },
    shift_attn: { why: 'is another attention', field: 'attention' },
    mixture_of_depths: { why: 'is another model' },
    resize_vocab: { why: 'makes tables larger' },
    add_tokens: { why: 'makes tables larger' },
    use_galore: { why: 'is not read: say --optimizer galore', field: 'optimizer' },
    use_apollo: { why: 'is not read: say --optimizer apollo', field: 'optimizer' },
    use_badam: { why: 'is not read: say --optimizer badam', field: 'optimizer' },
    use_adam_mini: { why: 'is an optimizer that is not here', field: 'optimizer' },
    use_muon: { why: 'is not read: say --optimizer muon', field: 'optimizer' },
    loraplus_lr_ratio: { why: 'is not read: leave it out, or say --optimizer', field: 'optimizer' },
    use_llama_pro: { why: 'trains some blocks alone' },
    use_dft_loss: { why: 'is another loss' },
    use_asft_loss: { why: 'is another loss' },
    use_eaft_loss: { why: 'is another loss' },
    train_from_scratch: { why: 'trains from no base' },
    fp8: { why: 'computes in 8 bits' },
    use_kt: { why: 'keeps experts in the memory of the host' },
    moe_aux_loss_coef: { why: 'is a loss of experts' },
    rope_scaling: { why: 'makes the model longer than its config.json says' },
  },
  preset: { command: ['llamafactory-cli', 'train', '{file}'], output: 'output_dir', write },
};
