"""Trainable tokens through peft (TRAINABLE_TOKENS) on transformers' GPT-2, whose head is the table, and on a Llama whose head is not."""
import sys
from pathlib import Path

import torch
from peft import TrainableTokensConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_gpt2 import DESCRIBED as GPT2, VOCABULARY, model_case, next_token_loss, tiny_gpt2, token_batch
from tiny_llama import DESCRIBED as LLAMA, tiny_llama
from vector import same, save, source


def case(seed, make, described, config, ids):
    config_of, weights_of = described
    base = make(seed)
    batch = token_batch(seed)
    before, weights = config_of(base.model), weights_of(base.model)
    model = get_peft_model(base.model, TrainableTokensConfig(task_type="CAUSAL_LM", token_indices=ids)).double()
    rows = model.get_input_embeddings().trainable_tokens_delta["default"]
    with torch.no_grad():
        rows.add_(base.draw(*rows.shape, scale=0.5)).copy_(rows.float().double())

    def loss():
        return next_token_loss(model(batch.inputs, attention_mask=torch.ones_like(batch.inputs)).logits, batch.targets)

    trained = {"tokens.trainable_tokens_delta": (rows, same)}
    return model_case(base.model, batch, loss, trained, config, described=(lambda _: before, lambda _: weights))


untied = lambda seed: tiny_llama(seed, tied=False)
save(__file__, {
    "source": source("peft"), "cases": [],
    "models": [
        case(231, tiny_gpt2, GPT2, {"tokens": "7, 2-4"}, [7, 2, 3, 4]),
        case(232, untied, LLAMA, {"tokens": "0, 9"}, [0, 9]),
        case(233, tiny_llama, LLAMA, {"count": 5}, list(range(VOCABULARY - 5, VOCABULARY))),
    ],
})
