"""GaLore: AdamW with projected groups; epsilon is so small that it does not matter on which side of the bias correction it stands."""
from clone import Clone, absent
from adam_in_subspace import official, run

clone = Clone("jiaweizzhao/GaLore", "2cc66f88cce189e505affbb91042a8e77f5bf4e9")
file = "galore_torch/adamw.py"
absent("official.galore_projector_tensor", GaLoreProjectorTensor=None)
AdamW = clone.module(file, siblings=["galore_projector.py"]).AdamW


def case(seed, rank, gap, scale, steps):
    config = {
        "rank": rank, "gap": gap, "scale": scale,
        "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-12, "weightDecay": 0.0,
    }
    group = {"rank": rank, "update_proj_gap": gap, "scale": scale, "proj_type": "std"}
    return run(seed, config, steps, official(AdamW, config, group))


called = "AdamW(groups).step(), with rank, update_proj_gap, scale and proj_type std in the group of projected kernels"
clone.save(__file__, file, called, {"optimizer": "galore", "cases": [case(511, 2, 3, 0.25, 7), case(512, 3, 200, 1.0, 5)]})
