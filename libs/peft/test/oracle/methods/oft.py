"""OFT through peft.tuners.oft."""
import sys
from pathlib import Path

import torch
from peft import OFTConfig, get_peft_model
from peft.tuners.oft.layer import OFTRotationModule

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, OneLayer, array, problem, run, same, save, source


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


def schedule(seed, config, shapes):
    """COFT's projection, before and after which peft does nothing to the vectors but the optimizer's step."""
    draw = Draw(seed)
    layers, after = {}, {}
    for path, shape in shapes.items():
        groups = shape["in"] // config["blockSize"]
        stored = 1 if config.get("shareBlock") else groups
        elements = config["blockSize"] * (config["blockSize"] - 1) // 2
        module = OFTRotationModule(
            stored, elements, config["blockSize"], shape["in"], coft=True, eps=config["constraint"],
            block_share=config.get("shareBlock", False),
        )
        # The first of them is short enough as it is.
        vectors = draw(stored, elements, scale=0.4) * torch.tensor([0.01] + [1.0] * (stored - 1))[:, None]
        vectors = vectors.float().double()
        layers[path] = {"tensors": {"oft_R": array(vectors)}, "gradients": {}}
        after[path] = {"oft_R": array(module._project_batch(vectors, eps=config["constraint"]))}
    steps = [{"step": 1, "layers": layers, "after": after}]
    return {"config": config, "totalSteps": 1, "shapes": shapes, "steps": steps}


shapes = {"first": {"in": 9, "out": 4, "bias": True}, "second": {"in": 6, "out": 5, "bias": True}}
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
    "schedules": [
        schedule(156, {"blockSize": 3, "constraint": 0.3}, shapes),
        schedule(157, {"blockSize": 3, "constraint": 0.001, "shareBlock": True}, shapes),
        # So loose that it does nothing.
        schedule(158, {"blockSize": 3, "constraint": 100.0}, shapes),
    ],
})
