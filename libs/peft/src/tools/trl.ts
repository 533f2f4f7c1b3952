/** @file `SFTConfig` of TRL (1.16), or transformers' `TrainingArguments` (5.24), with TRL's `ModelConfig` where a command line has it. */
import type { Fields } from './fields.js';
import type { Tool } from './tool.js';
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

/** Keys that `SFTConfig` has and `TrainingArguments` has not. */
const ofSft = [
  'max_length',
  'packing',
  'packing_strategy',
  'padding_free',
  'dataset_text_field',
  'loss_type',
  'assistant_only_loss',
];

const loraKeys = {
  r: 'lora_r',
  lora_alpha: 'lora_alpha',
  lora_dropout: 'lora_dropout',
  target_modules: 'lora_target_modules',
  modules_to_save: 'lora_modules_to_save',
  use_dora: 'use_dora',
  use_rslora: 'use_rslora',
} as const;

/** A LoRA of `ModelConfig`, the object `peft_config`, or `adapter_config.json` beside the file, which readers put there. */
function adapterOf(fields: Fields): ToolTraining['adapter'] {
  const usesPeft = fields.flag('use_peft') ?? false;
  const given = fields.take('peft_config');
  const own = {
    r: fields.whole('lora_r') ?? 16,
    lora_alpha: fields.number('lora_alpha') ?? 32,
    lora_dropout: fields.number('lora_dropout') ?? 0.05,
    target_modules: fields.take('lora_target_modules') ?? null,
    modules_to_save: fields.take('lora_modules_to_save') ?? null,
    use_dora: fields.flag('use_dora') ?? false,
    use_rslora: fields.flag('use_rslora') ?? false,
  };
  if (given !== undefined) return given as Record<string, unknown>;
  const [target] = Array.isArray(own.target_modules) && own.target_modules.length === 1 ? own.target_modules : [];
  return usesPeft ? { peft_type: 'LORA', ...own, ...(target === 'all-linear' && { target_modules: target }) } : null;
}

const dtypes = { float32: 'float32', bfloat16: 'bfloat16', float16: 'float16', auto: 'bfloat16' } as const;

interface Loaded {
  dtype: TorchDtype;
  loaded: TorchDtype;
  double: boolean;
  attention: string | undefined;
}

/** The model as `model_init_kwargs` or `ModelConfig` load it; both load float32 where nothing is said. */
function loadedBy(fields: Fields): Loaded {
  const given = fields.take('model_init_kwargs');
  const kwargs = (typeof given === 'object' ? given : {}) as Record<string, unknown>;
  if (typeof given === 'string') fields.problem('model_init_kwargs', 'is a text; expected an object', 'dtype');
  const {
    dtype: own,
    torch_dtype: older,
    attn_implementation: attention,
    quantization_config: bnb,
    ...others
  } = kwargs;
  const other = Object.keys(others).find(
    (name) => !['device_map', 'revision', 'use_cache', 'trust_remote_code'].includes(name),
  );
  if (other !== undefined) fields.problem('model_init_kwargs', `${other} is not read here`);
  const key = fields.keys.has('torch_dtype') ? 'torch_dtype' : 'dtype';
  const said = fields.text(key) ?? String(own ?? older ?? 'float32');
  const loaded = fields.oneOf(key, said.replace('torch.', ''), dtypes, 'dtype') ?? 'float32';
  const quantization = (bnb ?? {}) as Record<string, unknown>;
  const four = fields.flag('load_in_4bit') ?? quantization.load_in_4bit === true;
  const eight = fields.flag('load_in_8bit') ?? quantization.load_in_8bit === true;
  const type = fields.text('bnb_4bit_quant_type') ?? quantization.bnb_4bit_quant_type ?? (bnb ? 'fp4' : 'nf4');
  if (four && type !== 'nf4') fields.problem('bnb_4bit_quant_type', `${type} is not read here; nf4 is`, 'dtype');
  const double = fields.flag('use_bnb_nested_quant') ?? quantization.bnb_4bit_use_double_quant === true;
  return {
    dtype: four ? 'nf4' : eight ? 'int8' : loaded,
    loaded,
    double,
    attention: fields.text('attn_implementation') ?? (attention as string | undefined),
  };
}

function read(fields: Fields): ToolTraining {
  const isSft = ofSft.some((key) => fields.keys.has(key));
  const adapter = adapterOf(fields);
  const { dtype, loaded, double, attention } = loadedBy(fields);
  const half = halfIn(fields, { bf16: isSft });
  const { optimizer, update } = optimizerIn(fields, 'optim');
  const isQuantized = dtype !== loaded;
  const isPacked = (fields.flag('packing') ?? false) || (fields.flag('padding_free') ?? false);
  const lossType = fields.text('loss_type') ?? 'nll';
  fields.oneOf('loss_type', lossType, { nll: true });
  return {
    base: fields.text('model_name_or_path'),
    adapter,
    dtype,
    torch: {
      // What is not quantized stays as it was loaded: in float32 unless another type is said.
      prepared: isQuantized && loaded === 'float32',
      doubleQuantization: double,
      // TRL takes adapters of a quantized base to bfloat16.
      adapters: isQuantized && isSft ? 'model' : 'float32',
      autocast: half !== undefined,
      attention: attentionIn(fields, 'attn_implementation', attention),
      loss: 'whole',
      padded: !isPacked,
      update,
    },
    checkpointing:
      (fields.flag('activation_checkpointing') ?? fields.flag('gradient_checkpointing') ?? isSft) ? 'block' : 'none',
    sequence: fields.whole('max_length') ?? fields.whole('max_seq_length') ?? (isSft ? 1024 : undefined),
    batch: fields.whole('per_device_train_batch_size') ?? 8,
    accumulate: fields.whole('gradient_accumulation_steps') ?? 1,
    optimizer,
    schedule: scheduleIn(fields, 'lr_scheduler_type', 'linear'),
    ...extentIn(fields, 'num_train_epochs', 3),
    ...argumentsIn(fields),
  };
}

export const trl: Tool = {
  name: 'trl',
  title: 'TRL',
  marks: [
    ...ofSft,
    'per_device_train_batch_size',
    'use_peft',
    'peft_config',
    'gradient_accumulation_steps',
    'optim',
    'num_train_epochs',
  ],
  read,
  peftKeys: loraKeys,
  besideAs: 'peft_config',
  ignored: [
    ...ignoredArguments,
    ...'packing_strategy dataset_text_field dataset_kwargs eos_token pad_token truncation_mode'.split(' '),
    ...'dataset_name shuffle_dataset eval_packing completion_only_loss assistant_only_loss'.split(' '),
    ...'chat_template_path model_revision pad_to_multiple_of lora_task_type dataset_config'.split(' '),
    ...'dataset_train_split dataset_test_split gradient_checkpointing dataset_streaming'.split(' '),
    ...'bnb_4bit_quant_storage max_seq_length'.split(' '),
  ],
  refused: {
    ...refusedArguments,
    activation_offloading: { why: 'keeps activations in the memory of the host', field: 'checkpointing' },
    liger_kernel_config: refusedArguments.use_liger_kernel!,
    parallelism_config: { why: 'parts work between cards', field: 'shard' },
    router_aux_loss_coef: { why: 'is a loss of experts' },
    lora_target_parameters: { why: 'adapts parameters that are no layers', field: 'adapter' },
  },
};
