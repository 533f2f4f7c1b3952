"""MoS from the paper (arXiv 2410.00938, section 3) with the assembly of the authors' code, in torch float64."""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import problem, run, same, save, source


def assemble(pool, indices, chunks):
    """The authors' `concat_{j<l}(selected[j::l])` along the feature axis: `[r, chunks · width]`."""
    selected = pool[indices]
    return torch.cat([selected[j::chunks] for j in range(chunks)], dim=1)


def case(seed, config, indices, **size):
    """indices: rows of the two pools that the layer uses; a row used twice gets the sum of both gradients."""
    p = problem(seed, **size)
    (inputs, outputs), rank, chunks = p.kernel.shape, config["rank"], config["chunks"]
    assert len(indices[0]) == len(indices[1]) == rank * chunks
    pool_a = p.draw(rank * chunks, inputs // chunks, scale=0.5).requires_grad_(True)
    pool_b = p.draw(rank * chunks, outputs // chunks, scale=0.5).requires_grad_(True)
    index_a, index_b = (torch.tensor(i) for i in indices)

    def update():
        a, b = assemble(pool_a, index_a, chunks), assemble(pool_b, index_b, chunks)
        return config["alpha"] / rank * a.T @ b

    def forward(x, target):
        output = x @ p.kernel + p.bias + x @ update()
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    kind = f"query_{inputs}x{outputs}"
    return run(
        p,
        forward,
        {f"mos_A_{kind}": (pool_a, same), f"mos_B_{kind}": (pool_b, same)},
        {"mos_index_A": (index_a.double(), same), "mos_index_B": (index_b.double(), same)},
        lambda: (p.kernel + update(), p.bias),
        config,
        role="query",
        initial={f"mos_B_{kind}": torch.zeros(rank * chunks, outputs // chunks)},
    )


# One layer has nobody to share with: its pools hold as many ranks as it uses.
alone = {"poolRatio": 1.0, "privateRank": 1}
save(__file__, {
    "source": source("torch"),
    "cases": [
        case(231, {"rank": 4, "alpha": 8.0, "chunks": 2, **alone}, ([3, 0, 5, 1, 4, 2, 6, 7], [1, 2, 0, 4, 5, 3, 6, 7]), inputs=6, outputs=8),
        case(232, {"rank": 6, "alpha": 3.0, "chunks": 1, **alone}, ([2, 2, 0, 1, 0, 5], [0, 1, 1, 4, 4, 5]), inputs=7, outputs=4),
    ],
})
