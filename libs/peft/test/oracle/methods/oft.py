"""OFT through peft.tuners.oft."""
import sys
from pathlib import Path

import torch
from peft import OFTConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        OFTConfig(
            r=config.get("blocks", 0),
            oft_block_size=config.get("blockSize", 0),
            block_share=config.get("shareBlock", False),
            use_cayley_neumann=not config.get("exact", False),
            num_cayley_neumann_terms=config.get("terms", 5),
            target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    vectors = layer.oft_R["default"].weight
    initial = {"oft_R": vectors.detach().clone()}
    with torch.no_grad():
        vectors.copy_(p.draw(*vectors.shape, scale=0.4))

    def effective():
        return layer.get_delta_weight("default") @ layer.base_layer.weight.detach().T, layer.base_layer.bias

    return run(p, model, {"oft_R": (vectors, same)}, {}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(151, {"blockSize": 3}, inputs=6, outputs=4),
        case(152, {"blocks": 2, "terms": 7}, inputs=8, outputs=5),
        case(153, {"blockSize": 4, "exact": True}, inputs=8, outputs=5),
        case(154, {"blockSize": 3, "shareBlock": True}, inputs=6, outputs=4),
        # The whole input in one block.
        case(155, {"blocks": 1, "exact": True}),
    ],
})
