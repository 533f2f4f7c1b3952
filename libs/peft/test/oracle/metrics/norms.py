"""
Largest queries and keys of a small Llama with LoRA and DoRA of peft: hooks on the modules read what goes in and comes out, and
their base layers say what it is without the adapter.
"""
import json
import math
import sys
import tempfile
from pathlib import Path

import peft
import torch
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.append(str(Path(__file__).parent.parent))
from vector import Draw, array, save, source  # noqa: E402

torch.set_default_dtype(torch.float32)
SEQUENCE = 6
FIELDS = [
    "model_type", "vocab_size", "tie_word_embeddings", "max_position_embeddings", "hidden_size", "intermediate_size",
    "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "rms_norm_eps", "rope_parameters",
    "hidden_act",
]


def filled(parameters, draw, scale):
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(draw(*parameter.shape, scale=scale).float())


def base():
    torch.manual_seed(11)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=11, max_position_embeddings=SEQUENCE, hidden_size=8, intermediate_size=12, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=4, attn_implementation="eager", bos_token_id=0,
        eos_token_id=0,
    )).eval()
    filled(model.parameters(), Draw(11), 0.3)
    return model


def norms(adapted, tokens):
    """Of every projection to queries and keys the largest magnitudes: whole, without the update, of the update."""
    found = {"query": [], "key": []}

    def read(role):
        def hook(module, inputs, output):
            without = module.base_layer(inputs[0]) if hasattr(module, "base_layer") else output
            found[role].append([float(value.abs().max()) for value in (output, without, output - without)])

        return hook

    for block in adapted.base_model.model.model.layers:
        block.self_attn.q_proj.register_forward_hook(read("query"))
        block.self_attn.k_proj.register_forward_hook(read("key"))
    with torch.no_grad():
        adapted(input_ids=tokens)
    expected = {}
    for role, layers in found.items():
        columns = {"": 0, "-base": 1, "-update": 2}
        values = {name: [layer[column] for layer in layers] for name, column in columns.items()}
        values["-ratio"] = [layer[0] / math.sqrt(math.log(SEQUENCE)) for layer in layers]
        for name, of_layers in values.items():
            expected[f"{role}{name}.max"] = max(of_layers)
            expected[f"{role}{name}.mean"] = sum(of_layers) / len(of_layers)
    return expected


def case(name, config):
    adapted = peft.get_peft_model(base(), config).eval()
    filled([parameter for parameter in adapted.parameters() if parameter.requires_grad], Draw(12), 0.4)
    tokens = torch.arange(2 * SEQUENCE).remainder(11).reshape(2, SEQUENCE)
    with tempfile.TemporaryDirectory() as folder:
        adapted.save_pretrained(folder)
        settings = json.loads((Path(folder) / "adapter_config.json").read_text())
        return {
            "name": name,
            "config": {key: sorted(value) if isinstance(value, list) else value for key, value in settings.items()},
            "tensors": {key: array(value) for key, value in load_file(f"{folder}/adapter_model.safetensors").items()},
            "tokens": tokens.flatten().tolist(),
            "norms": norms(adapted, tokens),
        }


model = base()
config = model.config.to_dict()
save(__file__, {
    "source": source("peft").replace("float64", "float32"),
    "sequence": SEQUENCE,
    "base": {
        "config": {key: config[key] for key in FIELDS if key in config},
        "tensors": {key: array(value) for key, value in model.state_dict().items()},
    },
    "cases": [
        case("lora", peft.LoraConfig(r=2, lora_alpha=3, target_modules=["q_proj"])),
        case("dora", peft.LoraConfig(r=2, lora_alpha=3, use_dora=True, target_modules=["q_proj", "k_proj"])),
    ],
})
