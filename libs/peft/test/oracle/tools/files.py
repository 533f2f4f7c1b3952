"""Reads small configurations by the tools' own schemas, for libs/peft/test/vectors/tools/files.json.

    python -m venv V && V/bin/pip install trl==1.16.0 peft transformers==5.24.0 omegaconf addict && V/bin/pip install --no-deps axolotl==0.19.0 llamafactory==0.9.5
    DISABLE_VERSION_CHECK=1 V/bin/python libs/peft/test/oracle/tools/files.py > libs/peft/test/vectors/tools/files.json

The files were written for this script; those that are rendered are what tools.render.test.ts holds the renderer to. Values are those that the tool has after its defaults are filled in: axolotl's `AxolotlInputConfig`,
LLaMA-Factory's dataclasses by its parser, TRL's and transformers' by `HfArgumentParser`.
"""

import contextlib
import io
import json
import sys
import tempfile

import yaml

FILES = {
    "axolotl: QLoRA, packed": ("axolotl", """\
base_model: meta-llama/Llama-3.1-8B
load_in_4bit: true
adapter: qlora
lora_r: 32
lora_alpha: 16
lora_dropout: 0.05
lora_target_linear: true
datasets:
  - path: data.jsonl
    type: alpaca
sequence_len: 4096
sample_packing: true
micro_batch_size: 2
gradient_accumulation_steps: 4
num_epochs: 3
optimizer: paged_adamw_8bit
lr_scheduler: cosine
learning_rate: 2e-4
warmup_steps: 10
weight_decay: 0.01
bf16: true
gradient_checkpointing: true
flash_attention: true
output_dir: out
"""),
    "axolotl: LoRA in 8 bits on named modules": ("axolotl", """\
base_model: Qwen/Qwen2.5-0.5B
load_in_8bit: yes
adapter: lora
lora_r: 8
lora_alpha: 16
lora_target_modules: [q_proj, v_proj]
datasets: [{path: data.jsonl, type: alpaca}]
learning_rate: 0.0003
max_steps: 40
fp16: true
bf16: false
seed: 7
attn_implementation: sdpa
"""),
    "axolotl: all weights, little said": ("axolotl", """\
base_model: Qwen/Qwen2.5-0.5B
datasets: [{path: data.jsonl, type: alpaca}]
micro_batch_size: 1
learning_rate: 0.00001
bf16: true
"""),
    "llamafactory: LoRA": ("llamafactory", """\
model_name_or_path: meta-llama/Llama-3.1-8B-Instruct
stage: sft
do_train: true
finetuning_type: lora
lora_rank: 16
lora_target: all
dataset: identity
template: llama3
cutoff_len: 1024
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
learning_rate: 1.0e-4
num_train_epochs: 2.0
lr_scheduler_type: cosine
bf16: true
output_dir: out
"""),
    "llamafactory: QLoRA, defaults": ("llamafactory", """\
model_name_or_path: Qwen/Qwen2.5-0.5B
stage: sft
do_train: true
finetuning_type: lora
lora_target: q_proj,v_proj
lora_dropout: 0.1
use_rslora: true
quantization_bit: 4
double_quantization: false
flash_attn: fa2
neat_packing: true
disable_gradient_checkpointing: true
dataset: identity
template: qwen
max_steps: 50
fp16: true
seed: 3
output_dir: out
"""),
    "llamafactory: all weights": ("llamafactory", """\
model_name_or_path: Qwen/Qwen2.5-0.5B
stage: sft
do_train: true
finetuning_type: full
dataset: identity
template: qwen
cutoff_len: 512
optim: adamw_torch
bf16: true
output_dir: out
"""),
    "axolotl: rendered": ("axolotl", """\
base_model: a/b
load_in_4bit: true
adapter: qlora
lora_target_linear: true
lora_dropout: 0.1
datasets:
  - path: data.jsonl
    type: alpaca
micro_batch_size: 2
lora_r: 4
lora_alpha: 8
peft_use_rslora: true
learning_rate: 1.0e-7
max_steps: 40
seed: 3
output_dir: /tmp/out
"""),
    "llamafactory: rendered": ("llamafactory", """\
model_name_or_path: a/b
stage: sft
lora_rank: 4
lora_target: q_proj,v_proj
dataset: mine
cutoff_len: 128
lora_alpha: 8
use_dora: true
do_train: true
finetuning_type: lora
learning_rate: 1.0e-7
max_steps: 40
seed: 3
output_dir: /tmp/out
"""),
    "trl: SFTConfig": ("trl", """\
{"output_dir": "out", "max_length": 768, "packing": true, "per_device_train_batch_size": 4, "gradient_accumulation_steps": 2,
 "learning_rate": 1e-4, "optim": "adamw_bnb_8bit", "num_train_epochs": 2, "lr_scheduler_type": "cosine", "warmup_steps": 5}
"""),
    "trl: SFTConfig with ModelConfig": ("trl", """\
model_name_or_path: Qwen/Qwen2.5-0.5B
dtype: bfloat16
use_peft: true
lora_r: 64
lora_target_modules: all-linear
load_in_4bit: true
use_bnb_nested_quant: true
attn_implementation: eager
output_dir: out
max_length: 256
gradient_checkpointing: false
max_steps: 30
seed: 1
"""),
    "trl: SFTConfig, all its fields": ("trl-all", "{}"),
    "transformers: TrainingArguments": ("arguments", """\
{"output_dir": "out", "per_device_train_batch_size": 2, "learning_rate": 3e-5, "fp16": false, "bf16": true}
"""),
}


def said(value):
    return getattr(value, "value", value)


def axolotl(settings):
    from axolotl.utils.schemas.config import AxolotlInputConfig

    c = AxolotlInputConfig(**settings)
    return {
        "base": c.base_model,
        "rank": c.lora_r,
        "alpha": c.lora_alpha,
        "dropout": c.lora_dropout if c.adapter else None,
        "targets": "all-linear" if c.lora_target_linear else c.lora_target_modules,
        "bits": 4 if c.load_in_4bit else 8 if c.load_in_8bit else None,
        "half": "bfloat16" if c.bf16 else "float16" if c.fp16 else None,
        "sequence": c.sequence_len,
        "batch": c.micro_batch_size,
        "accumulate": c.gradient_accumulation_steps,
        "optimizer": said(c.optimizer),
        "learningRate": c.learning_rate,
        "schedule": said(c.lr_scheduler),
        "steps": c.max_steps,
        "epochs": c.num_epochs,
        "checkpointing": bool(c.gradient_checkpointing),
        "packed": bool(c.sample_packing),
        "attention": c.attn_implementation,
        "seed": settings.get("seed"),
    }


def of_arguments(t):
    return {
        "half": "bfloat16" if t.bf16 else "float16" if t.fp16 else None,
        "batch": t.per_device_train_batch_size,
        "accumulate": t.gradient_accumulation_steps,
        "optimizer": said(t.optim),
        "learningRate": t.learning_rate,
        "schedule": said(t.lr_scheduler_type),
        "steps": t.max_steps if t.max_steps > 0 else None,
        "epochs": t.num_train_epochs,
        "seed": t.seed,
    }


def llamafactory(settings):
    from llamafactory.hparams.parser import _parse_train_args

    m, d, t, f, _ = _parse_train_args({**settings, "use_cpu": True})
    isLora = f.finetuning_type == "lora"
    return {
        **of_arguments(t),
        "base": m.model_name_or_path,
        "rank": f.lora_rank if isLora else None,
        "alpha": f.lora_alpha if isLora else None,
        "dropout": f.lora_dropout if isLora else None,
        "targets": (("all-linear" if f.lora_target == ["all"] else f.lora_target) if isLora else None),
        "bits": m.quantization_bit,
        "double": m.double_quantization,
        "sequence": d.cutoff_len,
        "checkpointing": not m.disable_gradient_checkpointing,
        "packed": bool(d.packing),
        "attention": {"auto": None, "disabled": "eager", "fa2": "flash_attention_2", "sdpa": "sdpa"}[said(m.flash_attn)],
    }


def trl(settings):
    from transformers import HfArgumentParser
    from trl import ModelConfig, SFTConfig

    t, m = HfArgumentParser([SFTConfig, ModelConfig]).parse_dict({**settings, "use_cpu": True})
    targets = m.lora_target_modules
    return {
        **of_arguments(t),
        "base": m.model_name_or_path,
        "rank": m.lora_r if m.use_peft else None,
        "alpha": m.lora_alpha if m.use_peft else None,
        "dropout": m.lora_dropout if m.use_peft else None,
        "targets": ("all-linear" if "all-linear" in targets else targets) if m.use_peft else None,
        "bits": 4 if m.load_in_4bit else 8 if m.load_in_8bit else None,
        "double": m.use_bnb_nested_quant,
        "sequence": t.max_length,
        "checkpointing": t.gradient_checkpointing,
        "packed": t.packing,
        "attention": m.attn_implementation,
    }


def arguments(settings):
    from transformers import HfArgumentParser, TrainingArguments

    (t,) = HfArgumentParser([TrainingArguments]).parse_dict({**settings, "use_cpu": True})
    return {**of_arguments(t), "checkpointing": bool(t.gradient_checkpointing)}


READ = {"axolotl": axolotl, "llamafactory": llamafactory, "trl": trl, "arguments": arguments}
rows = []
for name, (tool, text) in FILES.items():
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        if tool == "trl-all":
            from trl import SFTConfig

            # Folders of this machine say nothing.
            text = json.dumps({**SFTConfig(output_dir="out", use_cpu=True).to_dict(), "logging_dir": "logs"}, default=str)
            expected = trl({})
        else:
            settings = json.loads(text) if text.startswith("{") else yaml.safe_load(text)
            expected = READ[tool]({**settings, "output_dir": folder})
    rows.append({"name": name, "text": text, "expected": expected})
json.dump(rows, sys.stdout, indent=1)
print()
