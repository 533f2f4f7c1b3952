"""A tiny Llama of transformers with random weights, in float64, with two queries to each head of keys and a head tied to the table."""
from types import SimpleNamespace

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tiny_gpt2 import VOCABULARY
from vector import Draw, array

CONTEXT, WIDTH, LAYERS, HEADS, KEY_HEADS, MLP = 8, 8, 2, 2, 1, 10


def tiny_llama(seed, scale=0.4, tied=True):
    config = LlamaConfig(
        vocab_size=VOCABULARY, max_position_embeddings=CONTEXT, hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KEY_HEADS, intermediate_size=MLP, tie_word_embeddings=tied,
        attn_implementation="eager", bos_token_id=0, eos_token_id=0,
    )
    model = LlamaForCausalLM(config).double().eval()
    draw = Draw(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(draw(*parameter.shape, scale=scale))
            if name.endswith("norm.weight"):
                parameter.add_(1.0).copy_(parameter.float().double())
    model.requires_grad_(False)
    return SimpleNamespace(model=model, draw=draw)


def model_config(model):
    config = model.config
    none = {"projections": False, "output": False, "mlp": False}
    return {
        "architecture": "llama", "vocabularySize": VOCABULARY, "contextLength": CONTEXT, "width": WIDTH, "layers": LAYERS,
        "heads": HEADS, "keyHeads": KEY_HEADS, "headWidth": WIDTH // HEADS, "mlpWidth": MLP,
        "normEpsilon": config.rms_norm_eps, "biases": none, "tied": config.tie_word_embeddings,
        "rotary": {"base": config.rope_parameters["rope_theta"], "scaling": {"kind": "none"}},
    }


LAYERS_OF_BLOCK = {
    "attention.query": "self_attn.q_proj", "attention.key": "self_attn.k_proj", "attention.value": "self_attn.v_proj",
    "attention.output": "self_attn.o_proj", "mlp.gate": "mlp.gate_proj", "mlp.up": "mlp.up_proj", "mlp.down": "mlp.down_proj",
}
NORMS_OF_BLOCK = {"norm_1": "input_layernorm", "norm_2": "post_attention_layernorm"}


def weights(model):
    """Every parameter under the library's path."""
    of = lambda module: module.weight.detach()
    tensors = {"embedding.tokens": of(model.model.embed_tokens), "norm_final.gain": of(model.model.norm)}
    if not model.config.tie_word_embeddings:
        tensors["vocabulary"] = of(model.lm_head)
    for index, block in enumerate(model.model.layers):
        for name, module in LAYERS_OF_BLOCK.items():
            tensors[f"blocks.{index}.{name}.kernel"] = of(block.get_submodule(module)).T
        for name, module in NORMS_OF_BLOCK.items():
            tensors[f"blocks.{index}.{name}.gain"] = of(block.get_submodule(module))
    return {path: array(tensor) for path, tensor in tensors.items()}


DESCRIBED = (model_config, weights)
