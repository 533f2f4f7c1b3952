"""Prefix tuning through peft (PREFIX_TUNING) on transformers' GPT-2, with and without the projection."""
import sys
from pathlib import Path

import torch
from peft import PrefixTuningConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_gpt2 import LAYERS, WIDTH, model_case, next_token_loss, tiny_gpt2, token_batch
from vector import same, save, source

SIDES = [(layer, side) for layer in range(LAYERS) for side in ("key", "value")]


def part(index, to=same):
    """peft keeps all layers in one tensor: keys, then values, of the first layer, and so on along its last axis."""
    return lambda t: to(t)[..., index * WIDTH : (index + 1) * WIDTH]


def case(seed, tokens, hidden=0):
    base = tiny_gpt2(seed)
    batch = token_batch(seed)
    options = {"prefix_projection": True, "encoder_hidden_size": hidden} if hidden else {}
    model = get_peft_model(
        base.model, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=tokens, **options)
    ).double()
    encoder = model.prompt_encoder["default"]
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.copy_(base.draw(*parameter.shape, scale=0.5))

    def loss():
        logits = model(batch.inputs, attention_mask=torch.ones_like(batch.inputs)).logits
        return next_token_loss(logits, batch.targets)

    path = lambda layer, side: f"sequence.blocks.{layer}.attention.{side}"
    if hidden:
        first, last = encoder.transform[0], encoder.transform[2]
        turned = lambda t: t.T
        trained = {
            "sequence.embedding": (encoder.embedding.weight, same),
            "sequence.hidden.kernel": (first.weight, turned),
            "sequence.hidden.bias": (first.bias, same),
        }
        for index, (layer, side) in enumerate(SIDES):
            trained[f"{path(layer, side)}.kernel"] = (last.weight, part(index, turned))
            trained[f"{path(layer, side)}.bias"] = (last.bias, part(index))
    else:
        table = encoder.embedding.weight
        trained = {path(layer, side): (table, part(index)) for index, (layer, side) in enumerate(SIDES)}
    config = {"virtualTokens": tokens, **({"hidden": hidden} if hidden else {})}
    return model_case(base.model, batch, loss, trained, config)


save(__file__, {"source": source("peft"), "cases": [], "models": [case(211, 2), case(212, 1, hidden=5)]})
