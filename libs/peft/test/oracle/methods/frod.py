"""FRoD through peft.tuners.frod: one layer, and what layers of a role have in common as peft finds it in float32."""
import sys
from pathlib import Path

import torch
from peft import FrodConfig, get_peft_model
from peft.tuners.frod.model import _projection_from_weights

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, OneLayer, array, problem, run, same, save, source, transposed


def settings(config):
    return FrodConfig(
        sparse_rate=config["density"],
        regularization_alpha=config["regularization"],
        target_modules=["layer"],
        progressbar=False,
    )


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(OneLayer(p.kernel, p.bias), settings(config), autocast_adapter_dtype=False)
    layer = model.base_model.model.layer
    places = layer.frod_s_indices["default"]
    # From direction to direction: in rows of two, as `x·V` is multiplied from the right.
    read_and_written = places.flip(0).T.double()
    trained = {
        "frod_sizes": (layer.frod_lambda_l["default"], same),
        "frod_turns": (layer.frod_lambda_s_values["default"], same),
    }
    initial = {"frod_turns": trained["frod_turns"][0].detach().clone()}
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.add_(p.draw(*tensor.shape, scale=0.3))
            tensor.copy_(tensor.float().double())
        for held in (layer.frod_V, layer.frod_U):
            held["default"] = held["default"].float().double()
    frozen = {
        "frod_V": (layer.frod_V["default"], same),
        "frod_places": (read_and_written, same),
        "frod_U": (layer.frod_U["default"], transposed),
    }

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    # Of one layer any orthonormal turn of the directions serves, so that peft's are not to be found again.
    found = ["frod_V", "frod_U", "frod_sizes"]
    return {**run(p, model, trained, frozen, effective, config, initial=initial), "found": found}


def directions(seed, inputs, outputs, layers, ridge):
    draw = Draw(seed)
    kernels = [draw(inputs, outputs, scale=0.5) for _ in range(layers)]
    v = _projection_from_weights([kernel.T.float() for kernel in kernels], ridge).double()
    # The sign of a direction is free: here its largest entry is positive.
    v = v * torch.sign(v[v.abs().argmax(dim=0), torch.arange(v.shape[1])])
    u = [torch.linalg.solve(v, kernel) for kernel in kernels]
    sizes = [rows.norm(dim=1) for rows in u]
    return {
        "regularization": ridge,
        "kernels": [array(kernel) for kernel in kernels],
        "frod_V": array(v),
        "frod_sizes": [array(each) for each in sizes],
        "frod_U": [array(rows / each[:, None]) for rows, each in zip(u, sizes, strict=True)],
    }


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(521, {"density": 0.2, "regularization": 0.001}),
        case(522, {"density": 0.01, "regularization": 0.1}, inputs=6, outputs=4),
    ],
    "directions": [
        directions(523, 5, 4, 3, 0.001),
        directions(524, 4, 6, 2, 0.5),
    ],
})
