"""
APOLLO: AdamW with projected groups, a scale for each channel. What its projector draws goes into the vector; epsilon is so small
that it does not matter on which side of the bias correction it stands.
"""
from clone import Clone
from adam_in_subspace import official, run
from vector import array

clone = Clone("zhuhanqing/APOLLO", "76b34725abcbd45aa47d8fdf831c8b5ba6d34dde")
file = "apollo_torch/apollo.py"
AdamW = clone.module(file, siblings=["svd_projector.py", "random_projector.py"]).AdamW


def case(seed, rank, gap, scale, steps):
    config = {
        "rank": rank, "gap": gap, "scale": scale, "limiter": 1.01,
        "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-12, "weightDecay": 0.0,
    }
    group = {
        "rank": rank, "update_proj_gap": gap, "scale": scale, "scale_type": "channel", "proj": "random", "proj_type": "std",
    }
    draws = {}

    def drawn(optimizer, tensors, step):
        """The official matrix is of normal numbers over √rank, along the shorter side; a square kernel's along its inputs."""
        for name, tensor in tensors.items():
            matrix = optimizer.state[tensor]["projector"].ortho_matrix
            along = matrix.T if tensor.shape[0] >= tensor.shape[1] else matrix
            draws[f"gaussian/{name}/{(step - 1) // gap}"] = {"normals": array(along * rank**0.5)}

    made = run(seed, config, steps, official(AdamW, config, group, drawn))
    return {**made, "draws": draws}


called = "AdamW(groups).step(), with scale_type channel, proj random and proj_type std in the group of projected kernels"
clone.save(__file__, file, called, {"optimizer": "apollo", "cases": [case(521, 2, 3, 1.0, 8), case(522, 3, 200, 4.0, 6)]})
