"""VB-LoRA through peft.tuners.vblora."""
import sys
from pathlib import Path

import torch
from peft import VBLoRAConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        VBLoRAConfig(
            r=config["rank"],
            num_vectors=config["vectors"],
            vector_length=config["vectorLength"],
            topk=config["topK"],
            target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    trained = {
        "vblora_vector_bank": (layer.vblora_vector_bank["default"], same),
        "vblora_logits_A": (layer.vblora_logits_A["default"], same),
        "vblora_logits_B": (layer.vblora_logits_B["default"], same),
    }
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.copy_(p.draw(*tensor.shape, scale=0.8))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default")
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, {}, effective, config)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(201, {"rank": 2, "vectors": 5, "vectorLength": 2, "topK": 2}, inputs=6, outputs=4),
        case(202, {"rank": 1, "vectors": 4, "vectorLength": 3, "topK": 3}, inputs=3, outputs=9),
    ],
})
