"""Small GGUF files, written as llama.cpp's convert_hf_to_gguf.py writes them, and the logits that transformers computes from them.

Writes ../../vectors/gguf/models.json: each file in base64, tokens, and logits of each position in float64.
"""
import base64
import importlib.metadata
import json
import math
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter
from gguf.quants import quantize
from transformers import AutoModelForCausalLM

sys.path.append(str(Path(__file__).parent.parent))
from vocabulary import put_tokenizer  # noqa: E402

WIDTH, INNER, WINDOW = 32, 64, 4
# Heads, those of keys, their width, and layers. transformers takes Qwen3's heads for 128 wide, whatever a GGUF file says.
SIZES = {
    "llama": (4, 2, 8, 2),
    "qwen2": (4, 2, 8, 2),
    "qwen3": (2, 1, 128, 1),
    "gemma2": (4, 2, 8, 2),
    # Five layers that see the last tokens alone, and one that sees all.
    "gemma3": (4, 2, 8, 6),
}


def interleaved(weights, heads):
    """The order of rows that llama.cpp's rotary embedding reads: halves of a head in turns."""
    return weights.reshape(heads, 2, -1, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def llama3_factors(width, base, factor, low=1.0, high=4.0, context=8192):
    """What frequencies are divided by: `rope_freqs` as llama.cpp writes it for Llama 3.1."""
    waves = 2 * math.pi * base ** (np.arange(0, width, 2) / width)
    smooth = (context / waves - low) / (high - low)
    between = 1 / ((1 - smooth) / factor + smooth)
    return np.where(waves < context / high, 1, np.where(waves > context / low, factor, between)).astype(np.float32)


def write(path, architecture, types, biases=(), tied=True, sizes=None, base=100.0, factor=None, seed=3):
    """`types`: names of parts of tensors -> how they are stored; the others are float32."""
    random = np.random.default_rng(seed)
    heads_of_queries, heads_of_keys, head_width, layers = sizes or SIZES[architecture]
    writer = GGUFWriter(path, architecture)
    writer.add_name(f"tiny {architecture}")
    writer.add_license("mit")
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(heads_of_queries)
    writer.add_head_count_kv(heads_of_keys)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(base)
    if head_width * heads_of_queries != WIDTH or architecture in ("gemma2", "gemma3"):
        writer.add_key_length(head_width)
        writer.add_value_length(head_width)
    if architecture in ("llama", "qwen2"):
        writer.add_rope_dimension_count(head_width)
    if architecture in ("gemma2", "gemma3"):
        writer.add_sliding_window(WINDOW)
    if architecture == "gemma2":
        writer.add_attn_logit_softcapping(50.0)
        writer.add_final_logit_softcapping(30.0)
    tokens = put_tokenizer(writer, "gpt2")
    writer.add_vocab_size(tokens)

    def put(name, *shape, heads=None):
        values = random.standard_normal(shape) * (0.2 if len(shape) > 1 else 0.1)
        if "norm" in name:
            values = values + 1
        values = values.astype(np.float32)
        if heads and architecture == "llama":
            values = interleaved(values, heads)
        kind = next((kind for part, kind in types.items() if part in name), Type.F32)
        writer.add_tensor(name, quantize(values, kind) if kind != Type.F32 else values, raw_dtype=kind)

    if factor:
        writer.add_tensor("rope_freqs.weight", llama3_factors(head_width, base, factor))
    put("token_embd.weight", tokens, WIDTH)
    for block in range(layers):
        at = f"blk.{block}"
        put(f"{at}.attn_norm.weight", WIDTH)
        for part, out, inputs, heads in (
            ("attn_q", heads_of_queries * head_width, WIDTH, heads_of_queries),
            ("attn_k", heads_of_keys * head_width, WIDTH, heads_of_keys),
            ("attn_v", heads_of_keys * head_width, WIDTH, None),
            ("attn_output", WIDTH, heads_of_queries * head_width, None),
            ("ffn_gate", INNER, WIDTH, None),
            ("ffn_up", INNER, WIDTH, None),
            ("ffn_down", WIDTH, INNER, None),
        ):
            put(f"{at}.{part}.weight", out, inputs, heads=heads)
            if part in biases:
                put(f"{at}.{part}.bias", out, heads=heads)
        if architecture in ("qwen3", "gemma3"):
            put(f"{at}.attn_q_norm.weight", head_width)
            put(f"{at}.attn_k_norm.weight", head_width)
        put(f"{at}.ffn_norm.weight", WIDTH)
        if architecture in ("gemma2", "gemma3"):
            put(f"{at}.post_attention_norm.weight", WIDTH)
            put(f"{at}.post_ffw_norm.weight", WIDTH)
    put("output_norm.weight", WIDTH)
    if not tied:
        put("output.weight", tokens, WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tokens


def case(name, architecture, types, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.gguf"
        count = write(path, architecture, types, **options)
        content = path.read_bytes()
        model = AutoModelForCausalLM.from_pretrained(folder, gguf_file="tiny.gguf", dtype=torch.float32).double().eval()
        if architecture in ("gemma2", "gemma3"):
            # transformers reads all but this, which is the width of a head in every Gemma but the largest.
            for layer in model.model.layers:
                layer.self_attn.scaling = model.config.head_dim**-0.5
        if "factor" in options:
            # transformers leaves the factors out; these settings made them.
            rule = {"rope_type": "llama3", "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
            model.config.rope_parameters = {**rule, "rope_theta": options["base"], "factor": options["factor"]}
            model.model.rotary_emb = type(model.model.rotary_emb)(model.config)
        tokens = torch.tensor(np.random.default_rng(5).integers(0, count, (1, 12)))
        with torch.no_grad():
            logits = model(tokens).logits[0]
    # As many of each row as tell a wrong model.
    kept = logits[:, ::16]
    return {
        "name": name,
        "file": base64.b64encode(content).decode(),
        "tokens": tokens[0].tolist(),
        "every": 16,
        "logits": [[round(value, 7) for value in row] for row in kept.tolist()],
    }


vector = {
    "source": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("gguf", "transformers", "torch")),
    "cases": [
        case("Llama, Q8_0 and Q4_1, one head of keys for two", "llama", {"norm": Type.F32, "attn": Type.Q4_1, "weight": Type.Q8_0}),
        case("Llama, float16, head of its own", "llama", {"norm": Type.F32, "weight": Type.F16}, tied=False),
        case("Qwen2, biases, Q4_0 and bfloat16", "qwen2", {"token_embd": Type.BF16, "norm": Type.F32, "weight": Type.Q4_0}, biases=("attn_q", "attn_k", "attn_v")),
        case("Qwen3, norms of heads", "qwen3", {"norm": Type.F32, "weight": Type.Q8_0}),
        case("Gemma 2, gains that are more by 1", "gemma2", {"norm": Type.F32, "weight": Type.Q8_0}),
        case("Gemma 3, local and global layers", "gemma3", {"norm": Type.F32, "weight": Type.Q4_0}, base=1000.0),
        case("Llama 3.1, scaled frequencies", "llama", {"norm": Type.F32, "weight": Type.Q4_0}, sizes=(1, 1, 64, 1), base=500000.0, factor=8.0),
    ],
}
folder = Path(__file__).parents[2] / "vectors" / "gguf"
folder.mkdir(parents=True, exist_ok=True)
(folder / "models.json").write_text(json.dumps(vector) + "\n")
print(len(json.dumps(vector)))
