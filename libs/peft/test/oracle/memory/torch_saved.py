"""What autograd saves in a forward pass of transformers with peft, in bytes: every storage once, parameters and buffers left out."""

import gc
import json
import os
import sys
from pathlib import Path

import torch
from peft import (
    AdaLoraConfig, AdamssConfig, AdaptionPromptConfig, C3AConfig, DeftConfig, DeloraConfig, FourierFTConfig, FrodConfig, GloraConfig, GraloraConfig, HiraConfig,
    IA3Config, LilyConfig, LoHaConfig, LoKrConfig, LoraConfig, MissConfig, OFTConfig, OSFConfig, PeanutConfig, PsoftConfig, PveraConfig, RandLoraConfig, RoadConfig,
    ShiraConfig, TinyLoraConfig, TrainableTokensConfig, UniLoraConfig, VeraConfig, WaveFTConfig, get_peft_model,
)
from peft.tuners.lora import BdLoraConfig
from torch.utils._pytree import tree_iter
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

sys.path.append(str(Path(__file__).parent.parent))
from storages import saved_by  # noqa: E402

B, T = 2, 24
svd = torch.linalg.svd


def svd_of_cuda(*args, **kwargs):
    """Right singular vectors lie by rows on CUDA: `_linalg_svd` of aten/src/ATen/native/BatchLinearAlgebra.cpp."""
    u, s, vt = svd(*args, **kwargs)
    return u, s, vt.contiguous()


torch.linalg.svd = svd_of_cuda
# peft leaves these on the host, and moves a copy in each forward pass.
ON_HOST = ("indices", "waveft_indices", "seg_result", "scatter_index", "train_subspace_index")
LLAMA = dict(hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             head_dim=16, vocab_size=100, max_position_embeddings=64, tie_word_embeddings=True, rms_norm_eps=1e-5)
GPT2 = dict(n_embd=64, n_layer=3, n_head=4, n_positions=64, vocab_size=100, attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0)


def model_of(name, attention):
    torch.manual_seed(0)
    if name == "llama":
        return LlamaForCausalLM(LlamaConfig(**LLAMA, attn_implementation=attention)), ["q_proj", "v_proj"]
    return GPT2LMHeadModel(GPT2Config(**GPT2, attn_implementation=attention)), ["c_attn"]


def tensors(held):
    """All tensors of dictionaries and lists."""
    return [t for t in tree_iter(held) if isinstance(t, torch.Tensor)]


def storages():
    """Bytes of all tensors that are there, by the address of the storage: not all that peft keeps is a parameter or a buffer."""
    gc.collect()
    held = (t.untyped_storage() for t in gc.get_objects() if isinstance(t, torch.Tensor) and not t.is_sparse)
    return {storage.data_ptr(): storage.nbytes() for storage in held}


def saved(name, method, dtype, attention, padded, adapters="float32", dropout=0.0, autocast=False, checkpointing="none",
          config=None, peft=None):
    model, targets = model_of(name, attention)
    model = model.to(getattr(torch, dtype))
    kind = {"target_modules": targets, "task_type": "CAUSAL_LM"}
    # `config` says in the words of the library what `peft` says in those of peft.
    peft = peft or {}
    configs = {
        "lora": lambda: LoraConfig(r=4, lora_alpha=8, lora_dropout=dropout, **kind),
        "dora": lambda: LoraConfig(r=4, lora_alpha=8, use_dora=True, **kind),
        "loha": lambda: LoHaConfig(r=4, alpha=8, **kind),
        "vera": lambda: VeraConfig(r=4, **kind),
        "ia3": lambda: IA3Config(feedforward_modules=[], **kind),
        "pvera": lambda: PveraConfig(r=4, **kind),
        "tinylora": lambda: TinyLoraConfig(r=4, **kind),
        "bd-lora": lambda: LoraConfig(
            r=4, lora_alpha=8, use_bdlora=BdLoraConfig(target_modules_bd_b=targets, nblocks=2), **kind
        ),
        "hira": lambda: HiraConfig(r=4, **kind),
        "road": lambda: RoadConfig(variant="road_1", group_size=2, **kind),
        "delora": lambda: DeloraConfig(r=4, delora_lambda=15, **kind),
        "c3a": lambda: C3AConfig(block_size=8, **kind),
        "gralora": lambda: GraloraConfig(r=4, gralora_k=2, alpha=8, **kind),
        "oft": lambda: OFTConfig(oft_block_size=8, **kind),
        "lokr": lambda: LoKrConfig(r=4, alpha=8, **kind),
        "fourierft": lambda: FourierFTConfig(n_frequency=100, scaling=150, **kind),
        "adalora": lambda: AdaLoraConfig(init_r=6, target_r=4, lora_alpha=8, total_step=10, tinit=1, tfinal=1, **kind),
        "bone": lambda: MissConfig(r=4, **kind),
        "shira": lambda: ShiraConfig(r=4, random_seed=0, **kind),
        "waveft": lambda: WaveFTConfig(n_frequency=100, **kind),
        "mica": lambda: LoraConfig(r=4, lora_alpha=8, init_lora_weights="mica", **kind),
        "uni-lora": lambda: UniLoraConfig(r=4, **kind),
        "osf": lambda: OSFConfig(**peft, **kind),
        "deft": lambda: DeftConfig(r=4, **peft, **kind),
        "peanut": lambda: PeanutConfig(r=4, **kind),
        "glora": lambda: GloraConfig(r=4, **peft, **kind),
        "adamss": lambda: AdamssConfig(r=4, **kind),
        "lily": lambda: LilyConfig(r=4, **kind),
        "frod": lambda: FrodConfig(progressbar=False, **kind),
        "psoft": lambda: PsoftConfig(r=4, psoft_alpha=4, **peft, **kind),
        "randlora": lambda: RandLoraConfig(r=4, **kind),
        "adaption-prompt": lambda: AdaptionPromptConfig(adapter_len=10, adapter_layers=3, task_type="CAUSAL_LM"),
        "trainable-tokens": lambda: TrainableTokensConfig(token_indices=list(range(84, 100)), task_type="CAUSAL_LM"),
    }
    base = set(storages())
    if method in configs:
        model = get_peft_model(model, configs[method](), autocast_adapter_dtype=adapters == "float32")
    on_host = {t.untyped_storage().data_ptr() for module in model.modules() for name in ON_HOST for t in tensors(getattr(module, name, None))}
    held = sum(size for place, size in storages().items() if place not in base | on_host)
    if checkpointing == "block":
        model.gradient_checkpointing_enable({"use_reentrant": True})
        model.enable_input_require_grads()
    model.train()
    ids = torch.arange(B * T).reshape(B, T) % 90 + 1
    mask = torch.ones(B, T, dtype=torch.long)
    if padded:
        mask[1, -3:] = 0
    own = {t.untyped_storage().data_ptr() for t in [*model.parameters(), *model.buffers()]}

    def forward():
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            return model(input_ids=ids, attention_mask=mask, labels=ids)

    out, found = saved_by(forward, own)
    sizes = sorted(found.values(), reverse=True)
    return {"bytes": sum(sizes), "largest": sizes[:3], "logits": out.logits.untyped_storage().nbytes(), "held": held}


CASES = [
    ("llama", "lora", "bfloat16", "sdpa", True),
    ("llama", "lora", "bfloat16", "sdpa", False),
    ("llama", "lora", "bfloat16", "eager", True),
    ("llama", "lora", "float32", "eager", True),
    ("llama", "dora", "bfloat16", "sdpa", True),
    ("llama", "loha", "bfloat16", "sdpa", True),
    ("llama", "vera", "bfloat16", "sdpa", True),
    ("llama", "ia3", "bfloat16", "sdpa", True),
    ("llama", "shira", "bfloat16", "sdpa", True),
    ("llama", "waveft", "bfloat16", "sdpa", True),
    ("llama", "pvera", "bfloat16", "sdpa", True),
    *[("llama", method, "bfloat16", "sdpa", True) for method in (
        "tinylora", "bd-lora", "hira", "road", "delora", "c3a", "gralora", "oft", "lokr", "fourierft", "adalora", "bone",
        "mica", "uni-lora", "osf", "deft", "peanut", "glora", "adamss", "lily", "frod", "psoft", "randlora",
    )],
    *[("llama", method, "bfloat16", "sdpa", True, {"config": config, "peft": peft}) for method, config, peft in (
        ("psoft", {"exact": False}, {"use_cayley_neumann": True}),
        ("psoft", {"exact": False, "terms": 7}, {"use_cayley_neumann": True, "num_cayley_neumann_terms": 7}),
        ("deft", {"alpha": 8}, {"alpha": 8}),
        ("deft", {"decomposition": "qr"}, {"decomposition_method": "qr"}),
        ("glora", {"kernel": "vector"}, {"config_A_B": "vector"}),
        ("glora", {"kernel": "constant"}, {"config_A_B": "constant"}),
        ("osf", {"keptOf": {"query": 0.75, "value": 8}}, {"rank_pattern": {"q_proj": 0.75, "v_proj": 8}}),
    )],
    ("llama", "adaption-prompt", "bfloat16", "sdpa", True),
    ("llama", "adaption-prompt", "float32", "eager", True),
    ("llama", "trainable-tokens", "bfloat16", "sdpa", True),
    ("llama", "trainable-tokens", "float32", "eager", True),
    ("llama", "full-ft", "bfloat16", "eager", True),
    ("llama", "full-ft", "float32", "sdpa", False),
    ("gpt2", "full-ft", "float32", "eager", True),
    ("gpt2", "full-ft", "bfloat16", "sdpa", False),
    ("llama", "lora", "bfloat16", "sdpa", False, {"adapters": "model"}),
    ("llama", "lora", "bfloat16", "sdpa", False, {"adapters": "model", "dropout": 0.1}),
    ("llama", "lora", "bfloat16", "sdpa", True, {"dropout": 0.1}),
    ("llama", "lora", "float32", "sdpa", True, {"dropout": 0.1}),
    ("llama", "lora", "float32", "sdpa", True, {"autocast": True}),
    ("llama", "full-ft", "float32", "sdpa", False, {"autocast": True}),
    ("llama", "lora", "bfloat16", "sdpa", True, {"checkpointing": "block"}),
]
cases = []
for name, method, dtype, attention, padded, *more in CASES:
    more = more[0] if more else {}
    cases.append({"model": name, "method": method, "dtype": dtype, "attention": attention, "padded": padded, **more, "batch": B,
                  "sequence": T, **saved(name, method, dtype, attention, padded, **more)})
configs = {"llama": {"model_type": "llama", **LLAMA}, "gpt2": {"model_type": "gpt2", **GPT2}}
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "../../vectors/memory/torch_saved.json"), "w") as file:
    json.dump({"configs": configs, "cases": cases}, file, indent=1)
    file.write("\n")
for case in cases:
    print(case)
