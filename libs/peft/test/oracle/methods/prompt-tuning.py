"""Prompt tuning through peft (PROMPT_TUNING) on transformers' GPT-2."""
import sys
from pathlib import Path

import torch
from peft import PromptTuningConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_gpt2 import model_case, next_token_loss, tiny_gpt2, token_batch
from vector import same, save, source


def case(seed, tokens):
    base = tiny_gpt2(seed)
    batch = token_batch(seed)
    model = get_peft_model(base.model, PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=tokens)).double()
    embeddings = model.prompt_encoder["default"].embedding.weight
    with torch.no_grad():
        embeddings.copy_(base.draw(*embeddings.shape, scale=0.5))

    def loss():
        logits = model(batch.inputs, attention_mask=torch.ones_like(batch.inputs)).logits
        return next_token_loss(logits[:, tokens:], batch.targets)

    trained = {"sequence.prompt_embeddings": (embeddings, same)}
    return model_case(base.model, batch, loss, trained, {"virtualTokens": tokens})


save(__file__, {"source": source("peft"), "cases": [], "models": [case(201, 2), case(202, 1)]})
