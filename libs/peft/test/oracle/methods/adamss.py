"""AdaMSS through peft.tuners.adamss, without ASA and with equal ranks; groups are those of scikit-learn, which peft finds them with."""
import sys
from pathlib import Path

import torch
from peft import AdamssConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    settings = AdamssConfig(
        r=config["rank"],
        num_subspaces=config["subspaces"],
        subspace_rank=config["subspaceRank"],
        target_modules=["layer"],
    )
    model = get_peft_model(OneLayer(p.kernel, p.bias), settings)
    layer = model.base_model.model.layer
    groups = layer.seg_result["default"]
    outputs = torch.zeros(p.kernel.shape[1])
    for index, members in groups.items():
        outputs[members] = float(index)
    directions = layer.adamss_newB["default"]
    directions.copy_(directions.float().double())
    # One tensor for the factors of all groups, of which peft's forward pass gets the parts.
    a = torch.cat([part.detach() for part in layer.adamss_A["default"]])
    b = torch.zeros(p.kernel.shape[1], config["subspaceRank"])
    for index, members in groups.items():
        b[members] = layer.adamss_B["default"][index].detach()
    initial = {"adamss_B": b.T.clone()}
    # The directions to which peft comes near by power iterations, the nearer the larger they are.
    _, _, vt = torch.linalg.svd(torch.cat([p.kernel.T, p.bias[:, None]], dim=1), full_matrices=False)
    vt = vt[: directions.shape[0]]
    vt = vt * torch.sign(vt[torch.arange(vt.shape[0]), vt.abs().argmax(dim=1)])[:, None]
    assert (vt[0] @ directions[0]).abs() > 0.99
    initial |= {"adamss_V": vt[:, :-1].T, "adamss_shift": vt[:, -1]}
    with torch.no_grad():
        for tensor in (a, b):
            tensor.add_(p.draw(*tensor.shape, scale=0.4))
            tensor.copy_(tensor.float().double())
    a.requires_grad_(True)
    b.requires_grad_(True)
    del layer.adamss_A, layer.adamss_B

    def parts():
        s = config["subspaceRank"]
        layer.adamss_A = {"default": [a[s * index : s * (index + 1)] for index in groups]}
        layer.adamss_B = {"default": [b[members] for members in groups.values()]}

    def forward(x, target):
        parts()
        return model(x, target)

    def effective():
        parts()
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias.detach() + layer.get_delta_bias("default").detach()

    trained = {"adamss_A": (a, transposed), "adamss_B": (b, transposed)}
    frozen = {
        "adamss_V": (directions[:, :-1], transposed),
        "adamss_shift": (directions[:, -1], same),
        "adamss_groups": (outputs, same),
    }
    return run(p, forward, trained, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(501, {"rank": 3, "subspaces": 3, "subspaceRank": 1}),
        case(502, {"rank": 9, "subspaces": 2, "subspaceRank": 2}, inputs=5, outputs=8),
    ],
})
