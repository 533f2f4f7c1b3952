"""Configurations that peft makes by default for a small Llama, and how many parameters it then trains."""
import sys
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path

import peft
import torch
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING as TYPES
from peft.tuners.lora import BdLoraConfig
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import save, source

CONFIG = {
    "vocab_size": 40, "max_position_embeddings": 32, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": True,
}
QUERY_AND_VALUE = {"target_modules": ["q_proj", "v_proj"]}
EVERY_NORM = {"target_modules": ["input_layernorm", "norm", "post_attention_layernorm"]}

# What a type is asked for beside its defaults, which are made for larger models.
CASES = [
    ("LORA", {}),
    ("LORA", {"use_bdlora": BdLoraConfig(target_modules_bd_b=["q_proj", "v_proj"], nblocks=2), **QUERY_AND_VALUE}),
    ("LORA", {"use_bdlora": BdLoraConfig(target_modules_bd_a=["o_proj", "down"], target_modules_bd_b=["gate"], nblocks=4),
              "target_modules": ["o_proj", "gate_proj", "down_proj"]}),
    ("LORA", {"use_dora": True, "target_modules": ["o_proj", "down_proj"]}),
    ("ADALORA", {"total_step": 10}),
    ("ADAMSS", {"r": 12, **QUERY_AND_VALUE}),
    ("ADAMSS", {"r": 12, "num_subspaces": 3, "subspace_rank": 2, **QUERY_AND_VALUE}),
    ("ADAPTION_PROMPT", {"adapter_len": 4, "adapter_layers": 1}),
    ("BEFT", {}),
    ("BOFT", {**QUERY_AND_VALUE}),
    ("C3A", {"block_size": 16, **QUERY_AND_VALUE}),
    ("DEFT", {**QUERY_AND_VALUE}),
    ("DEFT", {"alpha": 16, **QUERY_AND_VALUE}),
    ("DELORA", {}),
    ("FOURIERFT", {"n_frequency": 20}),
    ("FROD", {"sparse_rate": 0.03, **QUERY_AND_VALUE}),
    ("GLORA", {**QUERY_AND_VALUE}),
    ("GLORA", {"config_A_B": "vector", **QUERY_AND_VALUE}),
    ("GLORA", {"config_A_B": "constant", **QUERY_AND_VALUE}),
    ("GRALORA", {"r": 8, **QUERY_AND_VALUE}),
    ("HIRA", {"r": 4, **QUERY_AND_VALUE}),
    ("IA3", {}),
    ("LILY", {"r": 4, **QUERY_AND_VALUE}),
    ("LN_TUNING", {}),
    ("LN_TUNING", EVERY_NORM),
    ("LOHA", {**QUERY_AND_VALUE}),
    ("LOKR", {**QUERY_AND_VALUE}),
    ("MISS", {"r": 8, **QUERY_AND_VALUE}),
    ("OFT", {"oft_block_size": 16, **QUERY_AND_VALUE}),
    ("OSF", {}),
    ("OSF", {"effective_rank": 8, **QUERY_AND_VALUE}),
    ("OSF", {"effective_rank": 0.25, "target_modules": ["q_proj", "o_proj"]}),
    ("OSF", {"effective_rank": 0.3, **QUERY_AND_VALUE}),
    ("OSF", {"rank_pattern": {"q_proj": 0.75, "v_proj": 8}, **QUERY_AND_VALUE}),
    ("OSF", {"effective_rank": 4, "rank_pattern": {"q_proj": 8}, **QUERY_AND_VALUE}),
    ("PEANUT", {"r": 4, **QUERY_AND_VALUE}),
    ("PREFIX_TUNING", {"num_virtual_tokens": 3}),
    ("PROMPT_TUNING", {"num_virtual_tokens": 3}),
    ("PSOFT", {"r": 6, "psoft_alpha": 12}),
    ("PSOFT", {"r": 6, "use_cayley_neumann": True, "num_cayley_neumann_terms": 4}),
    ("PVERA", {"r": 8, **QUERY_AND_VALUE}),
    ("P_TUNING", {"num_virtual_tokens": 3}),
    ("P_TUNING", {"num_virtual_tokens": 3, "encoder_hidden_size": 24}),
    ("RANDLORA", {"r": 8, **QUERY_AND_VALUE}),
    ("ROAD", {"group_size": 16, **QUERY_AND_VALUE}),
    ("SHIRA", {"r": 4, **QUERY_AND_VALUE}),
    ("TINYLORA", {"u": 5, **QUERY_AND_VALUE}),
    ("TRAINABLE_TOKENS", {"token_indices": [0, 3, 9], "target_modules": None}),
    ("UNILORA", {"theta_d_length": 50}),
    ("VBLORA", {"num_vectors": 10, "vector_length": 16, **QUERY_AND_VALUE}),
    ("VERA", {"r": 8, **QUERY_AND_VALUE}),
    ("WAVEFT", {"n_frequency": 20, **QUERY_AND_VALUE}),
]


def plain(value):
    """Sets of names as sorted lists, names of choices as their text."""
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if is_dataclass(value):
        return plain(asdict(value))
    return value.value if hasattr(value, "value") else value


def case(type_, settings):
    config = TYPES[peft.PeftType(type_)](task_type="CAUSAL_LM", **settings)
    # As a user writes it; peft fills in what the model says when it puts the adapter on.
    asked = {name: plain(value) for name, value in config.to_dict().items()}
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(**CONFIG))
    made = peft.get_peft_model(model, config)
    trained = sum(parameter.numel() for parameter in made.parameters() if parameter.requires_grad)
    return {"config": asked, "trained": trained}


torch.set_default_dtype(torch.float32)
save(__file__, {
    "source": source("peft"),
    "model": {"model_type": "llama", **CONFIG},
    "experiments": [case(type_, settings) for type_, settings in CASES],
})
