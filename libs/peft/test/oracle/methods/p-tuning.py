"""P-tuning through peft (P_TUNING, with a perceptron) on transformers' GPT-2."""
import sys
from pathlib import Path

import torch
from peft import PromptEncoderConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_gpt2 import model_case, next_token_loss, tiny_gpt2, token_batch
from vector import same, save, source, transposed


def case(seed, tokens, hidden):
    base = tiny_gpt2(seed)
    batch = token_batch(seed)
    config = PromptEncoderConfig(task_type="CAUSAL_LM", num_virtual_tokens=tokens, encoder_hidden_size=hidden)
    model = get_peft_model(base.model, config).double()
    encoder = model.prompt_encoder["default"]
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.copy_(base.draw(*parameter.shape, scale=0.5))

    def loss():
        logits = model(batch.inputs, attention_mask=torch.ones_like(batch.inputs)).logits
        return next_token_loss(logits[:, tokens:], batch.targets)

    trained = {"sequence.embedding": (encoder.embedding.weight, same)}
    for name, layer in zip(("first", "second", "last"), encoder.mlp_head[::2]):
        trained[f"sequence.{name}.kernel"] = (layer.weight, transposed)
        trained[f"sequence.{name}.bias"] = (layer.bias, same)
    return model_case(base.model, batch, loss, trained, {"virtualTokens": tokens, "hidden": hidden})


save(__file__, {"source": source("peft"), "cases": [], "models": [case(391, 2, 4), case(392, 1, 7)]})
