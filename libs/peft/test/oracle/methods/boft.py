"""BOFT through peft.tuners.boft. Without its CUDA extension peft takes one factor whatever is asked for, so the one
operation of the extension, block-diagonal matrices from their blocks, is put in its place in torch."""
import sys
from pathlib import Path
from types import SimpleNamespace

import peft.tuners.boft.layer as boft
import torch
from peft import BOFTConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, flat, problem, run, same, save, source

boft.get_fbd_cuda = lambda: True
boft.FastBlockDiag = SimpleNamespace(apply=lambda blocks: torch.stack([torch.block_diag(*factor) for factor in blocks]))


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        BOFTConfig(
            boft_block_size=config.get("blockSize", 0),
            boft_block_num=config.get("blocks", 0),
            boft_n_butterfly_factor=config.get("factors", 1),
            target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    blocks, scale = layer.boft_R["default"], layer.boft_s["default"]
    assert blocks.shape[0] == config.get("factors", 1), "as many factors as asked for"
    trained = {"boft_R": (blocks, same), "boft_s": (scale, flat)}
    initial = {name: to(t.detach().clone()) for name, (t, to) in trained.items()}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.add_(p.draw(*tensor.shape, scale=0.4))
            tensor.copy_(tensor.float().double())

    def effective():
        rotation, scales = layer.get_delta_weight("default")
        return (rotation @ layer.base_layer.weight.detach().T) * scales.T, layer.base_layer.bias

    return run(p, model, trained, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(161, {"blockSize": 3}, inputs=6, outputs=4),
        case(162, {"blocks": 4, "factors": 2}, inputs=8, outputs=5),
        case(163, {"blockSize": 2, "factors": 3}, inputs=8, outputs=3),
    ],
})
