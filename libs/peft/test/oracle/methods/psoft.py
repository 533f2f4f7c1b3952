"""PSOFT through peft.tuners.psoft, on singular vectors in float64 with the signs of the library: those of peft are in float32."""
import sys
from pathlib import Path

import torch
from peft import PsoftConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    rank = config["rank"]
    # peft decomposes weights of float32 alone. What the update is multiplied by, it divides the factors by.
    base = OneLayer(p.kernel, p.bias).float()
    model = get_peft_model(base, PsoftConfig(
        r=rank, psoft_alpha=rank, target_modules=["layer"],
        use_cayley_neumann=not config.get("exact", True), num_cayley_neumann_terms=config.get("terms", 5),
    )).double()
    layer = model.base_model.model.layer
    layer.base_layer.weight.data.copy_(p.kernel.T)
    u, sigma, vt = torch.linalg.svd(p.kernel.T, full_matrices=False)
    signs = torch.sign(vt[torch.arange(vt.shape[0]), vt.abs().argmax(dim=1)])
    a, b = (vt * signs[:, None])[:rank], (u * signs * sigma)[:, :rank]
    theirs = layer._get_psoft_ab_cache_buffers("default")
    assert (theirs[1] @ theirs[0]).double().allclose(b @ a, atol=1e-5)
    r = layer.psoft_R["default"]
    trained = {
        "psoft_weight": (r.weight, same),
        "psoft_vector_a": (r.vector_a, same),
        "psoft_vector_b": (r.vector_b, same),
    }
    initial = {"psoft_A": a.T, "psoft_B": b.T, **{name: t.detach().clone() for name, (t, _) in trained.items()}}
    a, b = a.float().double(), b.float().double()
    layer._set_psoft_ab_cache_buffers("default", a, b)
    with torch.no_grad():
        for tensor, _ in trained.values():
            tensor.add_(p.draw(*tensor.shape, scale=0.4))
            tensor.copy_(tensor.float().double())

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    frozen = {"psoft_A": (a, transposed), "psoft_B": (b, transposed)}
    return run(p, model, trained, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(411, {"rank": 3}),
        case(412, {"rank": 4}, inputs=8, outputs=6),
        case(413, {"rank": 4, "exact": False}),
        case(414, {"rank": 3, "exact": False, "terms": 7}, inputs=6, outputs=8),
    ],
})
