"""LLaMA-Adapter through peft (ADAPTION_PROMPT) on transformers' Llama, where every attention has one gate."""
import sys
from pathlib import Path

import torch
from peft import AdaptionPromptConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_gpt2 import model_case, next_token_loss, token_batch
from tiny_llama import DESCRIBED, LAYERS, tiny_llama
from vector import same, save, source


def case(seed, rows, layers):
    base = tiny_llama(seed)
    batch = token_batch(seed)
    config = AdaptionPromptConfig(task_type="CAUSAL_LM", adapter_len=rows, adapter_layers=layers)
    model = get_peft_model(base.model, config).double()
    trained = {}
    for index in range(LAYERS - layers, LAYERS):
        attention = model.base_model.model.model.layers[index].self_attn
        with torch.no_grad():
            attention.adaption_prompt.copy_(base.draw(1, rows, attention.adaption_prompt.shape[2], scale=1.0))
            attention.adaption_gate.copy_(base.draw(1, scale=0.7))
        path = f"sequence.blocks.{index}.attention"
        trained[f"{path}.adaption_prompt"] = (attention.adaption_prompt, lambda t: t[0])
        trained[f"{path}.adaption_gate"] = (attention.adaption_gate, same)
    # The weights are those of the base, whose attentions are wrapped.
    weights = DESCRIBED[1](tiny_llama(seed).model)

    def loss():
        return next_token_loss(model(batch.inputs, attention_mask=torch.ones_like(batch.inputs)).logits, batch.targets)

    described = (DESCRIBED[0], lambda _: weights)
    return model_case(base.model, batch, loss, trained, {"rows": rows, "layers": layers}, described=described)


save(__file__, {"source": source("peft"), "cases": [], "models": [case(221, 3, 2), case(222, 2, 1)]})
