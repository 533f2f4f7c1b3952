"""OSF through peft.tuners.osf, on singular vectors in float64 with the signs of the library: those of peft are in float32."""
import sys
from pathlib import Path

import torch
from peft import OSFConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        OSFConfig(effective_rank=config.get("kept"), target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    u, s, vt = torch.linalg.svd(p.kernel.T, full_matrices=False)
    signs = torch.sign(vt[torch.arange(vt.shape[0]), vt.abs().argmax(dim=1)])
    u, vt = u * signs, vt * signs[:, None]
    lower = layer.osf_svd_params["default"]
    kept = s.shape[0] - lower["S_low"].shape[0]
    whole = {"U": u[:, kept:], "S": s[kept:], "V": vt[kept:]}
    first = {name: value.float().double() for name, value in whole.items()}
    assert (lower["U_low"] * lower["S_low"] @ lower["V_low"]).allclose(whole["U"] * whole["S"] @ whole["V"], atol=1e-5)
    to = {"U": transposed, "S": same, "V": same}
    trained = {f"osf_{name}": (lower[f"{name}_low"], to[name]) for name in "VSU"}
    initial = {f"osf_{name}{end}": to[name](whole[name]) for name in "VSU" for end in ("", "_first")}
    frozen = {f"osf_{name}_first": (first[name], to[name]) for name in "VSU"}
    for name in "VSU":
        getattr(layer, f"_osf_{name}_low_init")["default"] = first[name]
    for name, high in (("V", vt[:kept]), ("U", u[:, :kept])):
        held = getattr(layer, f"_osf_{name}_high")
        if "default" in held:
            held["default"] = high.float().double()
            frozen[f"osf_{name}_kept"] = (held["default"], to[name])
            initial[f"osf_{name}_kept"] = to[name](high)
    with torch.no_grad():
        for name in "VSU":
            lower[f"{name}_low"].copy_((first[name] + p.draw(*first[name].shape, scale=0.3)).float().double())

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    return run(p, model, trained, frozen, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(481, {}),
        case(482, {"kept": 1}, inputs=8, outputs=4),
    ],
})
