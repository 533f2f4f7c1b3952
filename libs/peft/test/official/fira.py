"""
Fira: AdamW with projected groups. Epsilon is so small that it does not matter on which side of the bias correction it stands.
"""
from clone import Clone
from adam_in_subspace import official, run

clone = Clone("xichen-fy/Fira", "5c28b13408282b3ee65386b110318659412ddad9")
file = "optimizer_torch/fira_adamw.py"
AdamW = clone.module(file, siblings=["gradient_projection.py"]).AdamW


def case(seed, rank, gap, steps, scale):
    config = {
        "rank": rank, "gap": gap, "scale": scale, "limiter": 1.01,
        "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-12, "weightDecay": 0.0,
    }
    group = {"rank": rank, "update_proj_gap": gap, "alpha": scale, "proj_type": "std"}
    return run(seed, config, steps, official(AdamW, config, group))


called = "AdamW(groups).step(), with rank, update_proj_gap, alpha and proj_type std in the group of projected kernels"
clone.save(__file__, file, called, {"optimizer": "fira", "cases": [case(501, 2, 4, 12, 1.0), case(502, 3, 200, 8, 1.0), case(503, 2, 4, 12, 0.25)]})
