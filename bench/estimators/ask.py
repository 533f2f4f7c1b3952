"""Asks other estimators about runs: reads a list of them of a file, prints bytes by estimator, null where one has no option for the run.

`config` is a config.json. `counts` says which bytes were measured: `reserved` by torch's allocator, or `allocated` in it. Neither has the CUDA
context, so that fitcheck's share of it is left out, and of what is allocated its share for fragments too.
"""
import importlib.metadata
import json
import sys

from accelerate import init_empty_weights
from accelerate.commands.estimate import estimate_training_usage
from accelerate.utils import calculate_maximum_sizes
from deepspeed.runtime.zero.stage3 import estimate_zero3_model_states_mem_needs
from deepspeed.runtime.zero.stage_1_and_2 import estimate_zero2_model_states_mem_needs
from fitcheck import ModelConfig, TrainingConfig, estimate, get_gpu
from fitcheck.gpu_db import gpu_key_for
from fitcheck.overhead_db import get_overhead_profile
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

MIB = 2**20


def shapes(run):
    fields = dict(run["config"])
    return AutoConfig.for_model(fields.pop("model_type"), **fields)


def by_fitcheck(run):
    """LoRA and full fine-tuning: it has no other method. Attention of torch never holds all scores, as its flash attention."""
    if run["method"] not in ("lora", "full-ft"):
        return None
    config = shapes(run)
    with init_empty_weights():
        count = sum(p.numel() for p in AutoModelForCausalLM.from_config(config).parameters())
    model = ModelConfig(
        name="run",
        num_params=count,
        hidden_size=config.hidden_size,
        num_layers=config.num_hidden_layers,
        num_attention_heads=config.num_attention_heads,
        num_kv_heads=config.num_key_value_heads,
        intermediate_size=config.intermediate_size,
        vocab_size=config.vocab_size,
        head_dim=config.head_dim,
        tie_word_embeddings=config.tie_word_embeddings,
    )
    training = TrainingConfig(
        precision="bf16",
        quantization="nf4" if run["dtype"] == "nf4" else "none",
        double_quant=run["doubleQuantization"] and run["dtype"] == "nf4",
        optimizer_dtype="fp32" if run["adapters"] == "float32" else "bf16",
        batch_size=run["batch"],
        seq_len=run["sequence"],
        lora_rank=run.get("rank"),
        lora_targets=["q_proj", "v_proj"],
        flash_attn=True,
    )
    gpu = get_gpu(run["gpu"])
    report = estimate(model, training, gpu)
    profile = get_overhead_profile(gpu_key_for(gpu), training.flash_attn, training.quantization)
    beside = profile.base_context_mib if run["counts"] == "reserved" else report.overhead_mib
    return round((report.total_mib - beside) * MIB)


def by_accelerate(run):
    """`accelerate estimate-memory`: training of all weights by Adam, from the model that AutoModel makes, as the command does without a hub."""
    if run["method"] != "full-ft":
        return None
    with init_empty_weights():
        model = AutoModel.from_config(shapes(run))
    size, _ = calculate_maximum_sizes(model.float())
    return max(estimate_training_usage(size, "float16").values())


def of_deepspeed(estimator):
    """Parameters, gradients and states of a training of all weights in 16 bits on one card, without offloading."""

    def ask(run):
        if run["method"] != "full-ft":
            return None
        with init_empty_weights():
            model = AutoModelForCausalLM.from_config(shapes(run))
        # Tensors without storage have one address: each is counted once here.
        total = sum(p.numel() for p in model.parameters())
        largest = max(sum(p.numel() for p in m.parameters(recurse=False)) for m in model.modules())
        return estimator(total, largest)

    return ask


def zero2(total, _):
    return estimate_zero2_model_states_mem_needs(total, cpu_offload=False)[1]


def zero3(total, largest):
    return estimate_zero3_model_states_mem_needs(total, largest, cpu_offload=False, cpu_offload_params=False)[1]


estimators = {
    "fitcheck-llm": ("fitcheck-llm", by_fitcheck),
    "accelerate": ("accelerate", by_accelerate),
    "DeepSpeed ZeRO-2": ("deepspeed", of_deepspeed(zero2)),
    "DeepSpeed ZeRO-3": ("deepspeed", of_deepspeed(zero3)),
}
with open(sys.argv[1]) as file:
    runs = json.load(file)
print(
    json.dumps(
        [
            {"name": name, "version": importlib.metadata.version(package), "bytes": [ask(run) for run in runs]}
            for name, (package, ask) in estimators.items()
        ]
    )
)
